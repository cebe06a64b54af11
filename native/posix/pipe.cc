#include "posix/pipe.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace otto::posix {

Status OpenPipe(PipeEnds* ends) {
  int pair[2];
#ifdef __linux__
  if (::pipe2(pair, O_CLOEXEC) != 0) return Status::FromErrno("make", "a pipe", errno);
#else
  if (::pipe(pair) != 0) return Status::FromErrno("make", "a pipe", errno);
  for (const int fd : pair) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
#endif
  *ends = {.reader = pair[0], .writer = pair[1]};
  return {};
}

namespace {

// A pipe that can be written to takes PIPE_BUF bytes at once.
ssize_t WriteSome(int fd, const std::byte* data, std::size_t bytes) {
  pollfd ready = {.fd = fd, .events = POLLOUT, .revents = 0};
  if (::poll(&ready, 1, 0) != 1 || ready.revents != POLLOUT) return -1;
  return ::write(fd, data, std::min<std::size_t>(bytes, PIPE_BUF));
}

}  // namespace

std::size_t WriteNow(int fd, std::span<const std::byte> bytes) {
  const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno != ENOTSOCK || IsTerminal(fd)) return 0;
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t written = WriteSome(fd, bytes.data() + done, bytes.size() - done);
    if (written <= 0) break;
    done += static_cast<std::size_t>(written);
  }
  return done;
}

bool IsTerminal(int fd) {
  return ::isatty(fd) == 1;
}

}  // namespace otto::posix
