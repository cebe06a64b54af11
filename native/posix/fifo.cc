#include "posix/fifo.h"

#include <fcntl.h>
#include <sys/stat.h>

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

#else

void WidenPipe(int) {}

#endif

}  // namespace otto::posix
