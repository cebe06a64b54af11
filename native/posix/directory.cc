#include "posix/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace otto::posix {
namespace {

static_assert(kWorkingDirectory == AT_FDCWD);

constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

Status Foreign(const char* rule, const char* path) {
  return Status(Failure{StatusCode::kForeign, "use", path, 0, rule});
}

Status CheckPrivate(int fd, const char* path) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return Status::FromErrno("look at", path, errno);
  if (info.st_uid != ::geteuid()) return Foreign("it belongs to another user", path);
  if ((info.st_mode & 077) != 0) return Foreign("its mode lets other users in (it must be 0700)", path);
  return {};
}

bool IsAnotherUsers(const At& at) {
  struct stat info {};
  return ::fstatat(at.directory_fd, at.name, &info, AT_SYMLINK_NOFOLLOW) == 0 && info.st_uid != ::geteuid();
}

Status OpenChecked(const At& at, Descriptor* out) {
  const int fd = ::openat(at.directory_fd, at.name, kOpenDirectory);
  const int error = errno;
  if (fd < 0 && (error == ENOTDIR || error == ELOOP)) return Foreign("it is not a directory, or a link", at.path);
  // Planted and closed to this user: it is not the system that lacks shared memory.
  if (fd < 0 && error == EACCES && IsAnotherUsers(at)) return Foreign("it belongs to another user", at.path);
  if (fd < 0) return Status::FromErrno("open", at.path, error);
  Descriptor opened(fd);
  Status checked = CheckPrivate(opened.get(), at.path);
  if (checked.ok()) *out = static_cast<Descriptor&&>(opened);
  return checked;
}

}  // namespace

Status OpenPrivateDirectory(const char* path, Descriptor* out) {
  return OpenChecked({kWorkingDirectory, path, path}, out);
}

Status OpenPrivateDirectoryAt(const At& at, Descriptor* out) {
  return OpenChecked(at, out);
}

Status MakeDirectory(const char* path) {
  return ::mkdir(path, 0700) == 0 ? Status() : Status::FromErrno("make the directory", path, errno);
}

Status MakeDirectoryAt(const At& at) {
  if (::mkdirat(at.directory_fd, at.name, 0700) == 0) return {};
  return Status::FromErrno("make the directory", at.path, errno);
}

namespace {

// Where the file system does not know how to rename without replacing (NFS and 9p on Linux). A link never replaces a
// name; what cannot be linked, a directory above all, could at most replace an empty directory that came this moment.
int RenameByLink(const At& from, const char* to_name) {
  if (::linkat(from.directory_fd, from.name, from.directory_fd, to_name, 0) == 0) {
    return ::unlinkat(from.directory_fd, from.name, 0);
  }
  if (errno == EEXIST || errno == ENOENT) return -1;
  if (ExistsAt({from.directory_fd, to_name, from.path})) {
    errno = EEXIST;
    return -1;
  }
  return ::renameat(from.directory_fd, from.name, from.directory_fd, to_name);
}

}  // namespace

Status RenameAt(const At& from, const char* to_name) {
#ifdef __APPLE__
  int renamed = ::renameatx_np(from.directory_fd, from.name, from.directory_fd, to_name, RENAME_EXCL);
#else
  int renamed = ::renameat2(from.directory_fd, from.name, from.directory_fd, to_name, RENAME_NOREPLACE);
#endif
  const bool is_known = renamed == 0 || (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP);
  if (!is_known) renamed = RenameByLink(from, to_name);
  return renamed == 0 ? Status() : Status::FromErrno("rename", from.path, errno);
}

Status ReplaceAt(const At& from, const char* to_name) {
  if (::renameat(from.directory_fd, from.name, from.directory_fd, to_name) == 0) return {};
  return Status::FromErrno("rename", from.path, errno);
}

Status UnlinkAt(const At& at) {
  if (::unlinkat(at.directory_fd, at.name, 0) == 0 || errno == ENOENT) return {};
  return Status::FromErrno("remove", at.path, errno);
}

Status RemoveDirectoryAt(const At& at) {
  if (::unlinkat(at.directory_fd, at.name, AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
  return Status::FromErrno("remove", at.path, errno);
}

bool ExistsAt(const At& at) {
  struct stat info {};
  return ::fstatat(at.directory_fd, at.name, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

Status LinkAt(const At& from, const At& to) {
  if (::linkat(from.directory_fd, from.name, to.directory_fd, to.name, 0) == 0) return {};
  return Status::FromErrno("link", to.path, errno);
}

Status MakeSymbolicLinkAt(const At& at, const char* target) {
  if (::symlinkat(target, at.directory_fd, at.name) == 0) return {};
  return Status::FromErrno("make the link", at.path, errno);
}

Status ReadSymbolicLinkAt(const At& at, Text* target) {
  char text[PATH_MAX];
  const ssize_t length = ::readlinkat(at.directory_fd, at.name, text, sizeof text);
  if (length < 0 && errno == EINVAL) return Foreign("it is not a symbolic link", at.path);
  if (length < 0) return Status::FromErrno("read the link", at.path, errno);
  *target = Text(std::string_view(text, static_cast<std::size_t>(length)));
  return {};
}

Status ForEachName(const At& directory, EachName each, void* context) {
  const int fd = ::openat(directory.directory_fd, ".", kOpenDirectory);
  if (fd < 0) return Status::FromErrno("list", directory.path, errno);
  DIR* stream = ::fdopendir(fd);
  if (stream == nullptr) {
    const int error = errno;
    ::close(fd);
    return Status::FromErrno("list", directory.path, error);
  }
  bool goes_on = true;
  int error = 0;
  while (goes_on) {
    errno = 0;
    const dirent* entry = ::readdir(stream);
    error = errno;
    if (entry == nullptr) break;
    const bool dots = std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0;
    goes_on = dots || each(context, entry->d_name);
  }
  ::closedir(stream);
  return error == 0 ? Status() : Status::FromErrno("list", directory.path, error);
}

}  // namespace otto::posix
