#include "spilling.h"

#include <fcntl.h>
#include <unistd.h>

namespace otto::test {

void Spilling::FillMemory() const {
  const int fd = ::open((memory_.path() + "/filler").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const std::string page(4096, 'f');
  while (::write(fd, page.data(), page.size()) > 0) {
  }
  ::close(fd);
}

void Spilling::EmptyMemory() const {
  ::unlink((memory_.path() + "/filler").c_str());
}

}  // namespace otto::test
