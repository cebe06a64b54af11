#include "posix/fifo.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <cerrno>

namespace otto::posix {

Status MakeFifo(const char* path) {
  if (::mkfifo(path, 0600) == 0) return {};
  return Status::FromErrno("create", path, errno);
}

#ifdef __linux__

void WidenPipe(int fd) {
  constexpr int kLargest = 1024 * 1024;  // what everybody may have, unless an administrator says otherwise
  for (int bytes = kLargest; bytes > 65536 && ::fcntl(fd, F_SETPIPE_SZ, bytes) < 0; bytes /= 2) continue;
}

std::size_t Tee(int from, int to, std::size_t bytes) {
  const ssize_t done = ::tee(from, to, bytes, SPLICE_F_NONBLOCK);
  return done < 0 ? 0 : static_cast<std::size_t>(done);
}

#else

void WidenPipe(int) {}

std::size_t Tee(int, int, std::size_t) {
  return 0;
}

#endif

}  // namespace otto::posix
