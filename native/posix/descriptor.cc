#include "posix/descriptor.h"

#include <unistd.h>

namespace otto::posix {

void Descriptor::Close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace otto::posix
