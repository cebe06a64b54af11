#include "posix/pipe_relay.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>

namespace otto::posix {

#ifdef __linux__

namespace {

bool IsRepeatable(int error) {
  return error == EINTR || error == EAGAIN;
}

// Until there is something to read, or a reason not to read any more.
RelayStep WaitForBytes(const RelayPipes& pipes) {
  pollfd wanted[] = {{pipes.stop, POLLIN, 0}, {pipes.from, POLLIN, 0}, {pipes.to, 0, 0}};
  while (::poll(wanted, 3, -1) < 0) {
    if (!IsRepeatable(errno)) return RelayStep::kFailed;
  }
  if (wanted[0].revents != 0) return RelayStep::kStopped;
  return (wanted[2].revents & (POLLERR | POLLNVAL)) != 0 ? RelayStep::kClosed : RelayStep::kMoved;
}

RelayStep WaitForRoom(const RelayPipes& pipes, int stall_ms) {
  pollfd wanted[] = {{pipes.stop, POLLIN, 0}, {pipes.to, POLLOUT, 0}};
  int ready = 0;
  while ((ready = ::poll(wanted, 2, stall_ms)) < 0) {
    if (!IsRepeatable(errno)) return RelayStep::kFailed;
  }
  if (wanted[0].revents != 0) return RelayStep::kStopped;
  if (ready == 0) return RelayStep::kStalled;
  return (wanted[1].revents & (POLLERR | POLLNVAL)) != 0 ? RelayStep::kClosed : RelayStep::kMoved;
}

// They are there: the same number has just been put into the other pipe.
bool ReadAll(int fd, std::span<std::byte> into) {
  while (!into.empty()) {
    const ssize_t count = ::read(fd, into.data(), into.size());
    if (count == 0 || (count < 0 && !IsRepeatable(errno))) return false;
    if (count > 0) into = into.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

RelayStep RelayOnce(const RelayPipes& pipes, int stall_ms, std::span<std::byte> into, std::size_t* moved) {
  for (;;) {
    RelayStep step = WaitForBytes(pipes);
    if (step != RelayStep::kMoved) return step;
    const ssize_t count = ::tee(pipes.from, pipes.to, into.size(), SPLICE_F_NONBLOCK);
    if (count == 0) return RelayStep::kEnded;
    if (count > 0) {
      *moved = static_cast<std::size_t>(count);
      return ReadAll(pipes.from, into.first(*moved)) ? RelayStep::kMoved : RelayStep::kFailed;
    }
    if (errno == EPIPE) return RelayStep::kClosed;
    if (!IsRepeatable(errno)) return RelayStep::kFailed;
    step = WaitForRoom(pipes, stall_ms);
    if (step != RelayStep::kMoved) return step;
  }
}

bool CanRelay() {
  return true;
}

#else

RelayStep RelayOnce(const RelayPipes&, int, std::span<std::byte>, std::size_t*) {
  return RelayStep::kFailed;
}

bool CanRelay() {
  return false;
}

#endif

}  // namespace otto::posix
