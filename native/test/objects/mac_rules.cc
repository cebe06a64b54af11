#include "mac_rules.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr char kObjects[] = "/dev/shm";
constexpr std::size_t kMaxName = 31;
constexpr off_t kPageBytes = 16384;
constexpr int kMaxObjects = 1 << 16;

// Shared with the children of this process.
struct Notes {
  std::atomic<int> broken;
  std::atomic<int> made;
  char names[kMaxObjects][kMaxName + 1];
};

Notes* notes() {
  static auto* shared = reinterpret_cast<Notes*>(::syscall(SYS_mmap, nullptr, sizeof(Notes), PROT_READ | PROT_WRITE,
                                                           MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  return shared;
}

// Before anything forks.
[[gnu::constructor]] void MakeNotes() {
  notes();
}

int Break(const char* rule, int error) {
  char text[256];
  const int length = std::snprintf(text, sizeof text, "rule of macOS broken: %s\n", rule);
  ::syscall(SYS_write, 2, text, length);
  if (const char* log = std::getenv("OTTO_MAC_RULES_LOG")) {
    const long fd = ::syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::syscall(SYS_write, fd, text, length);
    ::syscall(SYS_close, fd);
  }
  ++notes()->broken;
  errno = error;
  return -1;
}

bool IsObject(int fd) {
  char link[64];
  char path[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const int saved = errno;
  const long length = ::syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  errno = saved;
  if (length < 0) return false;
  path[length] = 0;
  constexpr std::size_t kStart = sizeof kObjects - 1;
  return std::strncmp(path, kObjects, kStart) == 0 && path[kStart] == '/' && !std::strchr(path + kStart + 1, '/');
}

bool IsInObjects(const char* path) {
  return path != nullptr && std::strncmp(path, kObjects, sizeof kObjects - 1) == 0;
}

off_t SizeOf(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 ? info.st_size : 0;
}

// "/dev/shm" and the name; null when the name breaks a rule.
const char* PathOf(const char* name, char (&path)[64]) {
  if (name[0] != '/' || std::strchr(name + 1, '/')) {
    Break("shm_open: a name has one slash, at its beginning", EINVAL);
    return nullptr;
  }
  if (std::strlen(name) > kMaxName) {
    Break("shm_open: a name has at most 31 characters", ENAMETOOLONG);
    return nullptr;
  }
  std::snprintf(path, sizeof path, "%s%s", kObjects, name);
  return path;
}

int Open(int directory, const char* path, int flags, mode_t mode) {
  if (IsInObjects(path)) return Break("open: there is no /dev/shm", ENOENT);
  return static_cast<int>(::syscall(SYS_openat, directory, path, flags, mode));
}

constexpr char kNoDescriptor[] = "read or write: an object is only mapped";

}  // namespace

namespace otto::test {

int MacRulesBroken() {
  return notes()->broken;
}

std::vector<std::string> ObjectsLeft() {
  std::vector<std::string> left;
  for (int i = 0; i < std::min(notes()->made.load(), kMaxObjects); ++i) {
    const std::string path = std::string(kObjects) + notes()->names[i];
    const bool told = notes()->names[i][0] == 0 || std::find(left.begin(), left.end(), path) != left.end();
    if (!told && ::syscall(SYS_faccessat, AT_FDCWD, path.c_str(), F_OK) == 0) left.push_back(path);
  }
  return left;
}

}  // namespace otto::test

extern "C" {

#define OTTO_MODE_ARGUMENT(flags)               \
  mode_t mode = 0;                              \
  if (((flags) & (O_CREAT | O_TMPFILE)) != 0) { \
    va_list arguments;                          \
    va_start(arguments, flags);                 \
    mode = va_arg(arguments, mode_t);           \
    va_end(arguments);                          \
  }

int shm_open(const char* name, int flags, mode_t mode) {
  char path[64];
  if (PathOf(name, path) == nullptr) return -1;
  if ((flags & ~(O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC)) != 0)
    return Break("shm_open: a flag it does not know", EINVAL);
  // Noted first: who makes it may be killed at any moment.
  if (const int index = (flags & O_EXCL) != 0 ? notes()->made++ : kMaxObjects; index < kMaxObjects) {
    std::strcpy(notes()->names[index], name);
  }
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags | O_NOFOLLOW | O_CLOEXEC, mode));
}

int shm_unlink(const char* name) {
  char path[64];
  if (PathOf(name, path) == nullptr) return -1;
  return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

int ftruncate(int fd, off_t bytes) noexcept {
  if (!IsObject(fd)) return static_cast<int>(::syscall(SYS_ftruncate, fd, bytes));
  if (SizeOf(fd) != 0) return Break("ftruncate: an object gets its size once", EINVAL);
  return static_cast<int>(::syscall(SYS_ftruncate, fd, (bytes + kPageBytes - 1) / kPageBytes * kPageBytes));
}
int ftruncate64(int fd, off64_t bytes) noexcept {
  return ftruncate(fd, bytes);
}

void* mmap(void* at, std::size_t length, int protection, int flags, int fd, off_t offset) noexcept {
  const bool object = (flags & MAP_ANONYMOUS) == 0 && IsObject(fd);
  if (object && ((flags & MAP_SHARED) == 0 || offset + static_cast<off_t>(length) > SizeOf(fd))) {
    Break("mmap: an object is mapped shared, and not beyond its end", EINVAL);
    return MAP_FAILED;
  }
  return reinterpret_cast<void*>(::syscall(SYS_mmap, at, length, protection, flags, fd, offset));
}
void* mmap64(void* at, std::size_t length, int protection, int flags, int fd, off64_t offset) noexcept {
  return mmap(at, length, protection, flags, fd, offset);
}

#define OTTO_NOT_ON_OBJECTS(result, name, number, parameters, ...)  \
  result name parameters {                                          \
    if (IsObject(fd)) return Break(kNoDescriptor, ENXIO);           \
    return static_cast<result>(::syscall(number, fd, __VA_ARGS__)); \
  }
OTTO_NOT_ON_OBJECTS(ssize_t, read, SYS_read, (int fd, void* to, std::size_t count), to, count)
OTTO_NOT_ON_OBJECTS(ssize_t, write, SYS_write, (int fd, const void* from, std::size_t count), from, count)
OTTO_NOT_ON_OBJECTS(ssize_t, pread, SYS_pread64, (int fd, void* to, std::size_t count, off_t at), to, count, at)
OTTO_NOT_ON_OBJECTS(ssize_t, pread64, SYS_pread64, (int fd, void* to, std::size_t count, off64_t at), to, count, at)
OTTO_NOT_ON_OBJECTS(ssize_t, pwrite, SYS_pwrite64, (int fd, const void* from, std::size_t count, off_t at), from, count,
                    at)
OTTO_NOT_ON_OBJECTS(ssize_t, pwrite64, SYS_pwrite64, (int fd, const void* from, std::size_t count, off64_t at), from,
                    count, at)
OTTO_NOT_ON_OBJECTS(ssize_t, readv, SYS_readv, (int fd, const iovec* to, int count), to, count)
OTTO_NOT_ON_OBJECTS(ssize_t, writev, SYS_writev, (int fd, const iovec* from, int count), from, count)
OTTO_NOT_ON_OBJECTS(ssize_t, preadv, SYS_preadv, (int fd, const iovec* to, int count, off_t at), to, count, at, 0)
OTTO_NOT_ON_OBJECTS(ssize_t, preadv64, SYS_preadv, (int fd, const iovec* to, int count, off64_t at), to, count, at, 0)
OTTO_NOT_ON_OBJECTS(ssize_t, pwritev, SYS_pwritev, (int fd, const iovec* from, int count, off_t at), from, count, at, 0)
OTTO_NOT_ON_OBJECTS(ssize_t, pwritev64, SYS_pwritev, (int fd, const iovec* from, int count, off64_t at), from, count,
                    at, 0)

off_t lseek(int fd, off_t offset, int whence) noexcept {
  if (IsObject(fd)) return Break("lseek: an object has no position", ESPIPE);
  return ::syscall(SYS_lseek, fd, offset, whence);
}
off64_t lseek64(int fd, off64_t offset, int whence) noexcept {
  return lseek(fd, offset, whence);
}

// Linux's own, refused and not counted.
int fallocate(int fd, int mode, off_t offset, off_t length) {
  if (IsObject(fd)) return errno = EOPNOTSUPP, -1;
  return static_cast<int>(::syscall(SYS_fallocate, fd, mode, offset, length));
}
int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
  return fallocate(fd, mode, offset, length);
}
ssize_t sendfile(int to, int from, off_t* offset, std::size_t count) noexcept {
  if (IsObject(to) || IsObject(from)) return errno = EINVAL, -1;
  return ::syscall(SYS_sendfile, to, from, offset, count);
}
ssize_t sendfile64(int to, int from, off64_t* offset, std::size_t count) noexcept {
  return sendfile(to, from, offset, count);
}
ssize_t splice(int from, off64_t* from_at, int to, off64_t* to_at, std::size_t count, unsigned flags) {
  if (IsObject(to) || IsObject(from)) return errno = EINVAL, -1;
  return ::syscall(SYS_splice, from, from_at, to, to_at, count, flags);
}
ssize_t copy_file_range(int from, off64_t* from_at, int to, off64_t* to_at, std::size_t count, unsigned flags) {
  if (IsObject(to) || IsObject(from)) return errno = EINVAL, -1;
  return ::syscall(SYS_copy_file_range, from, from_at, to, to_at, count, flags);
}

int open(const char* path, int flags, ...) {
  OTTO_MODE_ARGUMENT(flags)
  return Open(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  OTTO_MODE_ARGUMENT(flags)
  return Open(AT_FDCWD, path, flags, mode);
}
int openat(int directory, const char* path, int flags, ...) {
  OTTO_MODE_ARGUMENT(flags)
  return Open(directory, path, flags, mode);
}
int openat64(int directory, const char* path, int flags, ...) {
  OTTO_MODE_ARGUMENT(flags)
  return Open(directory, path, flags, mode);
}
DIR* opendir(const char* path) {
  const int fd = Open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC, 0);
  return fd < 0 ? nullptr : ::fdopendir(fd);
}
int mkdir(const char* path, mode_t mode) noexcept {
  if (IsInObjects(path)) return Break("mkdir: there is no /dev/shm", ENOENT);
  return static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}

}  // extern "C"
