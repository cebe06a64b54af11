#include "posix/descriptor.h"

#include <unistd.h>

#include "posix/guest.h"

namespace otto::posix {

Descriptor::Descriptor(int fd) : fd_(PlaceDescriptor(fd)) {}

void Descriptor::Close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void CloseDescriptor(int fd) {
  if (fd >= 0) ::close(fd);
}

}  // namespace otto::posix
