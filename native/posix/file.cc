#include "posix/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

namespace otto::posix {
namespace {

Status Foreign(const char* rule, const char* path) {
  return Status(Failure{StatusCode::kForeign, "use", path, 0, rule});
}

enum class Links { kOne, kAny };

Status CheckPrivateFile(int fd, const char* path, Links links) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return Status::FromErrno("look at", path, errno);
  if (!S_ISREG(info.st_mode)) return Foreign("it is not a regular file", path);
  if (info.st_nlink == 0) return Status::FromErrno("open", path, ENOENT);  // removed between open and now
  if (info.st_nlink > 1 && links == Links::kOne) return Foreign("it has other names (hard links)", path);
  if (info.st_uid != ::geteuid()) return Foreign("it belongs to another user", path);
  if ((info.st_mode & 077) != 0) return Foreign("its mode lets other users in (it must be 0600)", path);
  return {};
}

Status Created(int fd, const char* path, Descriptor* out) {
  if (fd < 0) return Status::FromErrno("create", path, errno);
  *out = Descriptor(fd);
  return {};
}

constexpr int kCreate = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

Status OpenChecked(const At& at, int access, Links links, Descriptor* out) {
  const int fd = ::openat(at.directory_fd, at.name, access | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 && errno == ELOOP) return Foreign("it is a symbolic link", at.path);
  if (fd < 0 && (errno == EISDIR || errno == ENXIO)) return Foreign("it is not a regular file", at.path);
  if (fd < 0) return Status::FromErrno("open", at.path, errno);
  Descriptor opened(fd);
  Status checked = CheckPrivateFile(opened.get(), at.path, links);
  if (checked.ok()) *out = static_cast<Descriptor&&>(opened);
  return checked;
}

// Written zeros exist as well as allocated bytes do.
Status WriteZeros(const Target& to, std::uint64_t offset, std::uint64_t length) {
  static constexpr std::byte kZeros[16384] = {};
  while (length > 0) {
    const Piece piece(kZeros, length < sizeof kZeros ? static_cast<std::size_t>(length) : sizeof kZeros);
    if (Status written = WriteAt(to, offset, {&piece, 1}); !written.ok()) return written;
    offset += piece.size();
    length -= piece.size();
  }
  return {};
}

}  // namespace

Status OpenPrivateFileAt(const At& at, OpenMode mode, Descriptor* out) {
  return OpenChecked(at, mode == OpenMode::kRead ? O_RDONLY : O_RDWR, Links::kOne, out);
}

Status OpenLinkableFileAt(const At& at, Descriptor* out) {
  return OpenChecked(at, O_RDONLY, Links::kAny, out);
}

Status CreateFileAt(const At& at, Descriptor* out) {
  return Created(::openat(at.directory_fd, at.name, kCreate, 0600), at.path, out);
}

Status CreateFile(const char* path, Descriptor* out) {
  return Created(::open(path, kCreate, 0600), path, out);
}

Status OpenRegularFile(const char* path, Descriptor* out) {
  const int fd = ::open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return Status::FromErrno("open", path, errno);
  Descriptor opened(fd);
  struct stat info {};
  if (::fstat(opened.get(), &info) != 0) return Status::FromErrno("look at", path, errno);
  if (!S_ISREG(info.st_mode)) return Foreign("it is not a regular file", path);
  *out = static_cast<Descriptor&&>(opened);
  return {};
}

Status SizeOf(int fd, const char* path, std::uint64_t* bytes) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return Status::FromErrno("look at", path, errno);
  *bytes = static_cast<std::uint64_t>(info.st_size);
  return {};
}

bool IsSameFile(int a, int b) {
  struct stat first {};
  struct stat second {};
  if (::fstat(a, &first) != 0 || ::fstat(b, &second) != 0) return false;
  return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

std::uint64_t FreeBytes(int fd) {
  struct statvfs info {};
  // A tmpfs without a limit has no blocks at all.
  if (::fstatvfs(fd, &info) != 0 || info.f_blocks == 0) return ~std::uint64_t{0};
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

bool IsLinked(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && info.st_nlink > 0;
}

Status Allocate(int fd, const char* path, std::uint64_t offset, std::uint64_t length) {
#ifdef __linux__
  while (::fallocate(fd, 0, static_cast<off_t>(offset), static_cast<off_t>(length)) != 0) {
    if (errno == EOPNOTSUPP || errno == ENOSYS) return WriteZeros({fd, path}, offset, length);
    if (errno != EINTR) return Status::FromErrno("allocate memory for", path, errno);
  }
  return {};
#else
  return WriteZeros({fd, path}, offset, length);
#endif
}

Status AllocateWritten(int fd, const char* path, std::uint64_t offset, std::uint64_t length) {
  Status written = WriteZeros({fd, path}, offset, length);
#if defined(FALLOC_FL_PUNCH_HOLE)
  if (!written.ok()) {
    const int hole = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    ::fallocate(fd, hole, static_cast<off_t>(offset), static_cast<off_t>(length));
  }
#endif
  return written;
}

Status TryLock(const Target& file, bool exclusive, bool* locked) {
  const int operation = (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB;
  *locked = ::flock(file.fd, operation) == 0;
  if (*locked || errno == EWOULDBLOCK) return {};
  return Status::FromErrno("lock", file.path, errno);
}

std::uint64_t RealTimeNanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000000000ULL + static_cast<std::uint64_t>(now.tv_nsec);
}

unsigned EffectiveUser() {
  return ::geteuid();
}

}  // namespace otto::posix
