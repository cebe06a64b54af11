#include "posix/stream.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "posix/guest.h"
#include "posix/kernel_copy.h"
#include "posix/mapping.h"
#include "posix/repeat.h"

namespace otto::posix {
namespace {

// Buffer and incoming pipe together stay in the processor's second cache. splice(2) into the file takes less processor
// time but longer: it holds the pipe's lock while it copies, and the writer waits (docs/performance.md).
constexpr std::size_t kBufferBytes = 128 * 1024;
constexpr int kIncomingPipeBytes = 256 * 1024;
constexpr int kOutgoingPipeBytes = 1024 * 1024;
// What is mapped at once of a file that the kernel does not move.
constexpr std::uint64_t kWindowBytes = 64 << 20;

bool IsPipe(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode);
}

// Whether a kernel call does not serve this pair of files at all, so that plain read and write have to.
bool IsUnsupported(int error) {
  return error == EINVAL || error == ENOSYS || error == EXDEV || error == EOPNOTSUPP || error == EBADF;
}

}  // namespace

StreamReader::StreamReader(const Target& from) : from_(from) {
  if (IsPipe(from.fd)) {
    EnlargePipe(from.fd, kIncomingPipeBytes);
  } else {
    way_ = Way::kCopyFileRange;
  }
}

StreamReader::~StreamReader() {
  std::free(buffer_);
}

// Only when all that was read is written.
Status StreamReader::Fill(std::uint64_t limit) {
  if (begin_ < end_) return {};
  if (buffer_ == nullptr) buffer_ = static_cast<std::byte*>(std::aligned_alloc(4096, kBufferBytes));
  if (buffer_ == nullptr) return Status::FromErrno("get memory for", from_.path, ENOMEM);
  const std::size_t wanted = limit < kBufferBytes ? static_cast<std::size_t>(limit) : kBufferBytes;
  for (;;) {
    const ssize_t count = ::read(from_.fd, buffer_, wanted);
    if (count < 0 && IsToBeRepeated(from_.fd, Direction::kRead)) continue;
    if (count < 0) return Status::FromErrno("read", from_.path, errno);
    begin_ = 0;
    end_ = static_cast<std::size_t>(count);
    return {};
  }
}

Status StreamReader::Flush(const Target& to, std::uint64_t* moved) {
  std::size_t written = 0;
  Status status = WriteCounted(to, {buffer_ + begin_, end_ - begin_}, &written);
  begin_ += written;
  *moved += written;
  return status;
}

// Goes over to the next way when the kernel does not serve this one.
Status StreamReader::MoveByKernel(const Target& to, std::uint64_t limit, std::uint64_t* moved) {
  while (way_ != Way::kByHand) {
    const std::size_t wanted = limit < kMaxTransfer ? static_cast<std::size_t>(limit) : kMaxTransfer;
    const ssize_t n =
        way_ == Way::kCopyFileRange ? CopyFileRange(from_.fd, to.fd, wanted) : SendFileRange(from_.fd, to.fd, wanted);
    if (n > 0) {
      *moved += static_cast<std::uint64_t>(n);
      return {};
    }
    if (n < 0 && errno == EINTR && !MustGiveUp()) continue;
    // Files that claim to be empty (/proc) still have to be asked by read(2).
    if (n == 0) {
      way_ = Way::kByHand;
      return {};
    }
    if (!IsUnsupported(errno)) return Status::FromErrno("write", to.path, errno);
    way_ = way_ == Way::kCopyFileRange ? Way::kSendFile : Way::kByHand;
  }
  return {};
}

Status StreamReader::MoveTo(const Target& to, std::uint64_t limit, std::uint64_t* moved) {
  *moved = 0;
  Status status;
  if (begin_ < end_) return Flush(to, moved);
  if (way_ != Way::kByHand) status = MoveByKernel(to, limit, moved);
  if (!status.ok() || way_ != Way::kByHand) return status;
  do {
    status = Fill(limit - *moved);
    if (!status.ok() || end_ == 0) return status;
    status = Flush(to, moved);
  } while (status.ok() && *moved < limit);
  return status;
}

Status StreamReader::AtEnd(bool* at_end) {
  Status status = Fill(kBufferBytes);
  *at_end = status.ok() && end_ == 0;
  return status;
}

namespace {

struct Range {
  std::uint64_t begin;
  std::uint64_t end;
};

// From its pages: shared memory objects cannot be read in any other way.
Status SendMapped(const Target& from, const Range& range, const Target& to) {
  for (std::uint64_t at = range.begin; at < range.end;) {
    const std::uint64_t count = range.end - at < kWindowBytes ? range.end - at : kWindowBytes;
    Mapping window;
    Status status = Mapping::Map({from.fd, from.path, at, count, Protection::kRead}, &window);
    if (status.ok()) status = WriteAll(to, {window.data(), static_cast<std::size_t>(count)});
    const bool is_lost = window.damaged() || status.error_number() == EFAULT;
    if (is_lost) status = Status::Corrupt("the file ends too early", from.path);
    if (!status.ok()) return status;
    at += count;
  }
  return {};
}

}  // namespace

Status SendFile(const Target& from, std::uint64_t bytes, const Target& to) {
  const bool pipe = IsPipe(to.fd);
  if (pipe) EnlargePipe(to.fd, kOutgoingPipeBytes);
  for (std::uint64_t at = 0; at < bytes;) {
    const std::size_t wanted = bytes - at < kMaxTransfer ? static_cast<std::size_t>(bytes - at) : kMaxTransfer;
    const ssize_t n = pipe ? SpliceToPipe(from.fd, to.fd, wanted) : SendFileRange(from.fd, to.fd, wanted);
    if (n < 0 && IsToBeRepeated(to.fd, Direction::kWrite)) continue;
    if (n < 0 && IsUnsupported(errno)) return SendMapped(from, {at, bytes}, to);
    if (n < 0) return Status::FromErrno("write", to.path, errno);
    if (n == 0) return Status::Corrupt("the file ends too early", from.path);
    at += static_cast<std::uint64_t>(n);
  }
  return {};
}

Status SendFromStart(const Target& from, std::uint64_t bytes, const Target& to) {
  if (::lseek(from.fd, 0, SEEK_SET) < 0) return Status::FromErrno("read", from.path, errno);
  return SendFile(from, bytes, to);
}

std::uint64_t RemainingBytes(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return 0;
  const off_t position = ::lseek(fd, 0, SEEK_CUR);
  return position < 0 || position >= info.st_size ? 0 : static_cast<std::uint64_t>(info.st_size - position);
}

bool WholeFilePath(int fd, Text* path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || ::lseek(fd, 0, SEEK_CUR) != 0) return false;
  char name[32];
  std::snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  char target[PATH_MAX];
  const ssize_t length = ::readlink(name, target, sizeof target);
  if (length <= 0 || length == sizeof target) return false;
  *path = Text(std::string_view(target, static_cast<std::size_t>(length)));
  struct stat named {};
  return ::lstat(path->c_str(), &named) == 0 && named.st_ino == info.st_ino && named.st_dev == info.st_dev;
}

void SkipToEnd(int fd) {
  ::lseek(fd, 0, SEEK_END);
}

void IgnoreFileSizeSignal() {
  ::signal(SIGXFSZ, SIG_IGN);
}

void IgnorePipeSignal() {
  ::signal(SIGPIPE, SIG_IGN);
}

}  // namespace otto::posix
