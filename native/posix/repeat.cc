#include "posix/repeat.h"

#include <poll.h>

#include <cerrno>

#include "posix/guest.h"

namespace otto::posix {

bool IsToBeRepeated(int fd, Direction direction) {
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    pollfd one{fd, static_cast<short>(direction == Direction::kRead ? POLLIN : POLLOUT), 0};
    if (::poll(&one, 1, -1) > 0) return true;
  }
  return errno == EINTR && !MustGiveUp();
}

}  // namespace otto::posix
