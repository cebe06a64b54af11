#include "posix/stream.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace otto::posix {
namespace {

// Buffer and incoming pipe together stay in the processor's second cache. splice(2) into the file takes less processor
// time but longer: it holds the pipe's lock while it copies, and the writer waits (docs/performance.md).
constexpr std::size_t kBufferBytes = 128 * 1024;
constexpr int kIncomingPipeBytes = 256 * 1024;
constexpr int kOutgoingPipeBytes = 1024 * 1024;
constexpr std::size_t kMaxTransfer = 0x7ffff000;  // what one call moves at most

alignas(4096) std::byte buffer[kBufferBytes];

bool IsPipe(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode);
}

// A larger pipe means fewer switches between its two ends. Denied when the user's pipes are large already: no harm.
void Enlarge(int pipe, int bytes) {
  if (::fcntl(pipe, F_GETPIPE_SZ) < bytes) ::fcntl(pipe, F_SETPIPE_SZ, bytes);
}

// Whether a kernel call does not serve this pair of files at all, so that plain read and write have to.
bool IsUnsupported(int error) {
  return error == EINVAL || error == ENOSYS || error == EXDEV || error == EOPNOTSUPP || error == EBADF;
}

Status PumpByHand(const Target& from, const Target& to) {
  for (;;) {
    const ssize_t count = ::read(from.fd, buffer, sizeof buffer);
    if (count == 0) return {};
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Status::FromErrno("read", from.path, errno);
    Status written = WriteAll(to, {buffer, static_cast<std::size_t>(count)});
    if (!written.ok()) return written;
  }
}

// One step of a kernel call that moves bytes from `from` to `to`; a negative result leaves errno.
using Mover = ssize_t (*)(int from, int to);

ssize_t MoveFromFile(int from, int to) {
  return ::copy_file_range(from, nullptr, to, nullptr, kMaxTransfer, 0);
}
ssize_t MoveFromOtherFileSystem(int from, int to) {
  return ::sendfile(to, from, nullptr, kMaxTransfer);
}

// *supported false: nothing more was moved, another way has to go on from here.
Status MoveAll(const Target& from, const Target& to, Mover move, bool* supported) {
  *supported = true;
  for (;;) {
    const ssize_t n = move(from.fd, to.fd);
    if (n == 0) return {};
    if (n > 0 || errno == EINTR) continue;
    *supported = !IsUnsupported(errno);
    return *supported ? Status::FromErrno("write", to.path, errno) : Status();
  }
}

}  // namespace

Status CopyStream(const Target& from, const Target& to) {
  if (IsPipe(from.fd)) {
    Enlarge(from.fd, kIncomingPipeBytes);
    return PumpByHand(from, to);
  }
  for (const Mover move : {MoveFromFile, MoveFromOtherFileSystem}) {
    bool supported = false;
    Status moved = MoveAll(from, to, move, &supported);
    if (!moved.ok() || supported) return moved;
  }
  return PumpByHand(from, to);
}

Status SendFile(const Target& from, std::uint64_t bytes, const Target& to) {
  const bool pipe = IsPipe(to.fd);
  if (pipe) Enlarge(to.fd, kOutgoingPipeBytes);
  while (bytes > 0) {
    const std::size_t wanted = bytes < kMaxTransfer ? static_cast<std::size_t>(bytes) : kMaxTransfer;
    const ssize_t n = pipe ? ::splice(from.fd, nullptr, to.fd, nullptr, wanted, SPLICE_F_MORE)
                           : ::sendfile(to.fd, from.fd, nullptr, wanted);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && IsUnsupported(errno)) return PumpByHand(from, to);
    if (n < 0) return Status::FromErrno("write", to.path, errno);
    if (n == 0) return Status::Corrupt("the file ends too early", from.path);
    bytes -= static_cast<std::uint64_t>(n);
  }
  return {};
}

std::uint64_t RemainingBytes(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return 0;
  const off_t position = ::lseek(fd, 0, SEEK_CUR);
  return position < 0 || position >= info.st_size ? 0 : static_cast<std::uint64_t>(info.st_size - position);
}

void IgnoreFileSizeSignal() {
  ::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace otto::posix
