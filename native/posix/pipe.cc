#include "posix/pipe.h"

#include <fcntl.h>
#include <unistd.h>

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

}  // namespace otto::posix
