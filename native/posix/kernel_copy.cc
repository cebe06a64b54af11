#include "posix/kernel_copy.h"

#include <cerrno>

#ifdef __linux__
#include <fcntl.h>
#include <sys/sendfile.h>
#include <unistd.h>
#endif

namespace otto::posix {

#ifdef __linux__

ssize_t CopyFileRange(int from, int to, std::size_t bytes) {
  return ::copy_file_range(from, nullptr, to, nullptr, bytes, 0);
}

ssize_t SendFileRange(int from, int to, std::size_t bytes) {
  return ::sendfile(to, from, nullptr, bytes);
}

ssize_t SpliceToPipe(int from, int pipe, std::size_t bytes) {
  return ::splice(from, nullptr, pipe, nullptr, bytes, SPLICE_F_MORE);
}

void EnlargePipe(int pipe, int bytes) {
  if (::fcntl(pipe, F_GETPIPE_SZ) < bytes) ::fcntl(pipe, F_SETPIPE_SZ, bytes);
}

#else

namespace {

ssize_t Missing() {
  errno = ENOSYS;
  return -1;
}

}  // namespace

ssize_t CopyFileRange(int, int, std::size_t) {
  return Missing();
}
ssize_t SendFileRange(int, int, std::size_t) {
  return Missing();
}
ssize_t SpliceToPipe(int, int, std::size_t) {
  return Missing();
}
void EnlargePipe(int, int) {}

#endif

}  // namespace otto::posix
