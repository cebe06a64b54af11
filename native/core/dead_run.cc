#include "core/dead_run.h"

#include <cerrno>

#include "core/run_paths.h"
#include "core/shm_root.h"

namespace otto {
namespace {

// Only a directory that another sweeper has just renamed loses its lock in the ordinary course of things. (One that
// is being removed loses it last, so finishing that is nobody's news.)
Status WithoutLock(const posix::At& at) {
  if (!posix::ExistsAt(at)) return {};
  return Status(Failure{StatusCode::kIo, "judge", at.path, 0, "it has no lock file, so it may be a live run"});
}

Status Take(const posix::Target& file) {
  bool locked = false;
  Status tried = posix::TryLock(file, true, &locked);
  if (!tried.ok() || locked) return tried;
  return Status::FromErrno("lock", file.path, EWOULDBLOCK);
}

// Whoever gets the lock of a file that is no longer there has come after another sweeper.
Status TakeOver(const posix::Target& lock) {
  Status taken = Take(lock);
  if (!taken.ok()) return taken;
  return posix::IsLinked(lock.fd) ? Status() : Status::FromErrno("lock", lock.path, ENOENT);
}

// The run's directory on disk, under its name or as a killed sweeper left it. Only a directory of this run below a
// private root is ever looked at, and only the same proof of death as everywhere lets it go: `.spill` may say anything.
Status SweepSpill(const posix::At& link, std::string_view run, std::uint64_t* freed_bytes) {
  Text target;
  Status status = SpillTarget(link.directory_fd, link.path, &target);
  if (!status.ok() || target.empty()) return status;
  const SplitPath split(target.view());
  if (split.name != run) {
    return Status(Failure{StatusCode::kForeign, "remove", target.view(), 0, "it is not the directory of the dead run"});
  }
  const Text root_path(split.parent);
  posix::Descriptor root;
  status = posix::OpenPrivateDirectory(root_path.c_str(), &root);
  if (!status.ok()) return status;
  const DeadRuns on_disk(root_path, root.get(), SweepReach::kHere);
  const Text dead_name(kDeadPrefix, run);
  for (const std::string_view name : {run, dead_name.view()}) {
    Removal removal;
    if (status.ok() || IsNoProblem(status)) status = on_disk.Sweep(name, &removal);
    *freed_bytes += removal.freed_bytes;
  }
  return status;
}

}  // namespace

bool IsNoProblem(const Status& status) {
  if (status.code() != StatusCode::kIo) return false;
  return status.error_number() == EWOULDBLOCK || status.error_number() == ENOENT;
}

Status DeadRuns::Sweep(std::string_view name, Removal* removal) const {
  const Text path = Text::Path(root_path_.view(), name);
  const Text entry(name);
  const posix::At at{root_fd_, entry.c_str(), path.c_str()};
  posix::Descriptor directory;
  Status opened = posix::OpenPrivateDirectoryAt(at, &directory);
  if (!opened.ok()) return opened;
  if (name.starts_with(kNewPrefix)) return SweepUnfinished(at, directory.get(), removal);
  const Text lock_path = Text::Path(at.path, kLockName);
  posix::Descriptor lock;
  opened = posix::OpenPrivateFileAt({directory.get(), kLockName, lock_path.c_str()}, posix::OpenMode::kRead, &lock);
  const bool is_dead = name.starts_with(kDeadPrefix);
  if (opened.ok()) opened = TakeOver({lock.get(), lock_path.c_str()});
  const bool looks = reach_ == SweepReach::kLook;
  if (opened.error_number() == ENOENT) {
    if (is_dead) return looks ? Status() : posix::RemoveTree(at, "", nullptr);
    return WithoutLock(at);
  }
  if (!opened.ok()) return opened;
  if (looks) return Look(at, removal);
  return is_dead ? Remove(at, After(name, kDeadPrefix.size()), removal) : RenameAndRemove(at, name, removal);
}

// A directory that is being made has a lock that may not be taken yet: only the root's lock tells.
Status DeadRuns::SweepUnfinished(const posix::At& at, int directory_fd, Removal* removal) const {
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
  if (reach_ == SweepReach::kLook) return Look(at, removal);
  return Remove(at, After(at.name, kNewPrefix.size()), removal);
}

Status DeadRuns::RenameAndRemove(const posix::At& at, std::string_view run, Removal* removal) const {
  const Text dead_name(kDeadPrefix, run);
  Status renamed = posix::RenameAt(at, dead_name.c_str());
  if (!renamed.ok() && renamed.error_number() != EEXIST) return renamed;
  const char* name = renamed.ok() ? dead_name.c_str() : at.name;
  return Remove({at.directory_fd, name, at.path}, run, removal);
}

Status DeadRuns::Look(const posix::At& at, Removal* removal) {
  posix::MeasureTree(at, &removal->freed_bytes);
  removal->removed = true;
  return {};
}

// What lies on disk goes first: afterwards nothing would name it.
Status DeadRuns::Remove(const posix::At& at, std::string_view run, Removal* removal) const {
  posix::Descriptor directory;
  if (reach_ == SweepReach::kWithSpill) removal->spill = posix::OpenPrivateDirectoryAt(at, &directory);
  if (directory.valid()) {
    removal->spill = SweepSpill({directory.get(), ".", at.path}, run, &removal->freed_bytes);
  }
  Status removed = posix::RemoveTree(at, kLockName, &removal->freed_bytes);
  removal->removed = removed.ok();
  return removed;
}

}  // namespace otto
