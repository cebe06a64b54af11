#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "posix/directory.h"
#include "posix/shared_object.h"

namespace otto::posix {
namespace {

// Deeper trees are none of otto's; the limit bounds descriptors and stack.
constexpr int kMaxDepth = 64;

struct Removal {
  dev_t device = 0;
  std::uint64_t freed_bytes = 0;
};

Status RemoveListed(const At& directory, const char* last, int depth, Removal* removal, bool* met_any);

// Removing entries while reading them may skip some: a directory that is not empty is read again.
Status RemoveSubdirectory(const At& at, int depth, Removal* removal) {
  if (depth >= kMaxDepth) return Status(Failure{StatusCode::kIo, "remove", at.path, 0, "it is nested too deep"});
  const int fd = ::openat(at.directory_fd, at.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT ? Status() : Status::FromErrno("open", at.path, errno);
  const Descriptor opened(fd);
  for (;;) {
    bool met_any = false;
    Status emptied = RemoveListed({opened.get(), ".", at.path}, "", depth + 1, removal, &met_any);
    if (!emptied.ok()) return emptied;
    Status removed = RemoveDirectoryAt(at);
    const bool is_full = removed.error_number() == ENOTEMPTY || removed.error_number() == EEXIST;
    if (!is_full || !met_any) return removed;
  }
}

Status RemoveEntry(const At& at, int depth, Removal* removal) {
  struct stat info {};
  if (::fstatat(at.directory_fd, at.name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? Status() : Status::FromErrno("look at", at.path, errno);
  }
  if (S_ISDIR(info.st_mode)) {
    if (info.st_dev != removal->device) return Status::FromErrno("remove", at.path, EXDEV);
    return RemoveSubdirectory(at, depth, removal);
  }
  const bool may_be_stub = S_ISREG(info.st_mode) && info.st_size == static_cast<off_t>(kStubBytes);
  Status removed = may_be_stub ? RemoveStubAt(at, &removal->freed_bytes) : UnlinkAt(at);
  if (removed.ok() && info.st_nlink == 1) {
    removal->freed_bytes += static_cast<std::uint64_t>(info.st_blocks) * 512;
  }
  return removed;
}

struct Pass {
  const At* directory;
  const char* last;
  int depth;
  Removal* removal;
  bool met_any = false;
  Status status;
};

bool RemoveOne(void* context, const char* name) {
  auto* pass = static_cast<Pass*>(context);
  if (std::strcmp(name, pass->last) == 0) return true;
  pass->met_any = true;
  const Text path = Text::Path(pass->directory->path, name);
  pass->status = RemoveEntry({pass->directory->directory_fd, name, path.c_str()}, pass->depth, pass->removal);
  return pass->status.ok();
}

// All entries that the directory's list tells, except `last`.
Status RemoveListed(const At& directory, const char* last, int depth, Removal* removal, bool* met_any) {
  Pass pass{&directory, last, depth, removal, false, {}};
  Status listed = ForEachName(directory, RemoveOne, &pass);
  *met_any = pass.met_any;
  return listed.ok() ? static_cast<Status&&>(pass.status) : static_cast<Status&&>(listed);
}

// `last` goes when nothing else is left.
Status RemoveOpen(const At& directory, const char* last, Removal* removal) {
  bool met_any = true;
  while (met_any) {
    Status removed = RemoveListed(directory, last, 0, removal, &met_any);
    if (!removed.ok()) return removed;
  }
  if (*last == 0) return {};
  const Text path = Text::Path(directory.path, last);
  return RemoveEntry({directory.directory_fd, last, path.c_str()}, 0, removal);
}

struct Measure {
  int directory_fd;
  int depth;
  std::uint64_t* bytes;
};

bool MeasureOne(void* context, const char* name) {
  const auto* measure = static_cast<Measure*>(context);
  struct stat info {};
  if (::fstatat(measure->directory_fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return true;
  if (!S_ISDIR(info.st_mode)) {
    if (info.st_nlink == 1) *measure->bytes += static_cast<std::uint64_t>(info.st_blocks) * 512;
    return true;
  }
  const int fd = ::openat(measure->directory_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  const Descriptor opened(fd);
  if (fd < 0 || measure->depth >= kMaxDepth) return true;
  Measure inside{fd, measure->depth + 1, measure->bytes};
  (void)ForEachName({fd, ".", name}, MeasureOne, &inside);
  return true;
}

}  // namespace

void MeasureTree(const At& at, std::uint64_t* bytes) {
  Measure measure{at.directory_fd, 0, bytes};
  MeasureOne(&measure, at.name);
}

Status RemoveAnyAt(const At& at) {
  struct stat info {};
  if (::fstatat(at.directory_fd, at.name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? Status() : Status::FromErrno("look at", at.path, errno);
  }
  Removal removal{info.st_dev, 0};
  return RemoveEntry(at, 0, &removal);
}

Status RemoveTree(const At& at, const char* last, std::uint64_t* freed_bytes) {
  const int fd = ::openat(at.directory_fd, at.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT ? Status() : Status::FromErrno("open", at.path, errno);
  const Descriptor opened(fd);
  struct stat info {};
  if (::fstat(opened.get(), &info) != 0) return Status::FromErrno("look at", at.path, errno);
  Removal removal{info.st_dev, 0};
  Status emptied = RemoveOpen({opened.get(), ".", at.path}, last, &removal);
  if (freed_bytes != nullptr) *freed_bytes += removal.freed_bytes;
  return emptied.ok() ? RemoveDirectoryAt(at) : static_cast<Status&&>(emptied);
}

}  // namespace otto::posix
