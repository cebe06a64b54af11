#include "core/reaper.h"

#include <cerrno>
#include <cstring>

#include "base/growable_array.h"
#include "base/text.h"
#include "core/shm_root.h"
#include "posix/directory.h"
#include "posix/file.h"

namespace otto {
namespace {

bool IsBusy(const Status& status) {
  return status.code() == StatusCode::kIo && status.error_number() == EWOULDBLOCK;
}

class Sweeper {
 public:
  Sweeper(const Text& root_path, int root_fd, const SweepListener& listener)
      : root_path_(root_path), root_fd_(root_fd), listener_(listener) {}

  void Look(std::string_view name) {
    const Text path = Text::Path(root_path_.view(), name);
    const Text entry(name);
    Status swept = SweepEntry({root_fd_, entry.c_str(), path.c_str()}, name);
    // A run that lives, or that another sweeper has just removed, is no problem.
    if (swept.ok() || IsBusy(swept) || swept.error_number() == ENOENT) return;
    if (listener_.problem != nullptr) listener_.problem(listener_.context, swept);
  }

 private:
  Status SweepEntry(const posix::At& at, std::string_view name) {
    posix::Descriptor directory;
    Status opened = posix::OpenPrivateDirectoryAt(at, &directory);
    if (!opened.ok()) return opened;
    if (name.starts_with(kNewPrefix)) return SweepUnfinished(at, directory.get());
    const Text lock_path = Text::Path(at.path, kLockName);
    posix::Descriptor lock;
    opened = posix::OpenPrivateFileAt({directory.get(), kLockName, lock_path.c_str()}, posix::OpenMode::kRead, &lock);
    const bool is_dead = name.starts_with(kDeadPrefix);
    if (opened.ok()) opened = TakeOver({lock.get(), lock_path.c_str()});
    if (opened.error_number() == ENOENT) return is_dead ? posix::RemoveTree(at, "", nullptr) : WithoutLock(at);
    if (!opened.ok()) return opened;
    return is_dead ? Remove(at, After(name, kDeadPrefix.size())) : RenameAndRemove(at, name);
  }

  // Only a directory that another sweeper has just renamed loses its lock in the ordinary course of things. (One that
  // is being removed loses it last, so finishing that is nobody's news.)
  static Status WithoutLock(const posix::At& at) {
    if (!posix::ExistsAt(at)) return {};
    return Status(Failure{StatusCode::kIo, "judge", at.path, 0, "it has no lock file, so it may be a live run"});
  }

  // A directory that is being made has a lock that may not be taken yet: only the root's lock tells.
  Status SweepUnfinished(const posix::At& at, int directory_fd) {
    posix::Descriptor root_lock;
    Status status = posix::OpenPrivateDirectory(root_path_.c_str(), &root_lock);
    if (status.ok()) status = Take({root_lock.get(), root_path_.c_str()});
    if (!status.ok()) return status;
    // It may have become a live run between listing and locking.
    if (!posix::ExistsAt(at)) return {};
    posix::Descriptor lock;
    status = posix::OpenPrivateFileAt({directory_fd, kLockName, at.path}, posix::OpenMode::kRead, &lock);
    if (status.ok()) status = TakeOver({lock.get(), at.path});
    if (!status.ok() && status.error_number() != ENOENT) return status;
    return Remove(at, After(at.name, kNewPrefix.size()));
  }

  static Status Take(const posix::Target& file) {
    bool locked = false;
    Status tried = posix::TryLock(file, true, &locked);
    if (!tried.ok() || locked) return tried;
    return Status::FromErrno("lock", file.path, EWOULDBLOCK);
  }

  // Whoever gets the lock of a file that is no longer there has come after another sweeper.
  static Status TakeOver(const posix::Target& lock) {
    Status taken = Take(lock);
    if (!taken.ok()) return taken;
    return posix::IsLinked(lock.fd) ? Status() : Status::FromErrno("lock", lock.path, ENOENT);
  }

  Status RenameAndRemove(const posix::At& at, std::string_view run) {
    const Text dead_name(kDeadPrefix, run);
    Status renamed = posix::RenameAt(at, dead_name.c_str());
    if (!renamed.ok() && renamed.error_number() != EEXIST) return renamed;
    const char* name = renamed.ok() ? dead_name.c_str() : at.name;
    return Remove({at.directory_fd, name, at.path}, run);
  }

  Status Remove(const posix::At& at, std::string_view run) {
    std::uint64_t freed_bytes = 0;
    Status removed = posix::RemoveTree(at, kLockName, &freed_bytes);
    if (removed.ok() && listener_.removed != nullptr) listener_.removed(listener_.context, {run, freed_bytes});
    return removed;
  }

  const Text& root_path_;
  int root_fd_;
  const SweepListener& listener_;
};

// The names are taken first, so that removing entries does not disturb the listing.
bool RememberName(void* context, const char* name) {
  auto* names = static_cast<GrowableArray<char>*>(context);
  for (const char* c = name; *c != 0; ++c) {
    if (!names->Append(*c)) return false;
  }
  return names->Append(0);
}

}  // namespace

Status Sweep(std::string_view root, const SweepListener& listener) {
  const Text root_path = ShmRootPath(root);
  posix::Descriptor root_fd;
  Status opened = posix::OpenPrivateDirectory(root_path.c_str(), &root_fd);
  if (!opened.ok()) return opened.error_number() == ENOENT ? Status() : static_cast<Status&&>(opened);
  GrowableArray<char> names;
  Status listed = posix::ForEachName({root_fd.get(), ".", root_path.c_str()}, RememberName, &names);
  if (!listed.ok()) return listed;
  Sweeper sweeper(root_path, root_fd.get(), listener);
  for (const char* name = names.begin(); name != names.end(); name += std::strlen(name) + 1) sweeper.Look(name);
  return {};
}

}  // namespace otto
