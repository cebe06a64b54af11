#include "core/locked_directory.h"

#include <cerrno>

#include "core/budget.h"
#include "core/run_paths.h"
#include "core/shm_root.h"
#include "posix/directory.h"
#include "posix/file.h"

namespace otto {
namespace {

constexpr int kRootLockMilliseconds = 2000;

Status OpenRoot(const Text& path, posix::Descriptor* out) {
  Status made = posix::MakeDirectory(path.c_str());
  if (!made.ok() && made.error_number() != EEXIST) return made;
  return posix::OpenPrivateDirectory(path.c_str(), out);
}

// Held shared while a run is being made; sweepers take it exclusively before they judge a `.new-` directory.
Status LockRootShared(const Text& path, posix::Descriptor* out) {
  Status opened = posix::OpenPrivateDirectory(path.c_str(), out);
  if (!opened.ok()) return opened;
  bool locked = false;
  Status tried = posix::LockWithin({out->get(), path.c_str()}, false, kRootLockMilliseconds, &locked);
  if (!tried.ok() || locked) return tried;
  return Status::FromErrno("lock", path.view(), EWOULDBLOCK);
}

Status MakeLock(const posix::At& at, posix::Descriptor* out) {
  Status created = posix::CreateFileAt(at, out);
  if (!created.ok()) return created;
  bool locked = false;
  Status tried = posix::TryLock({out->get(), at.path}, true, &locked);
  if (!tried.ok() || locked) return tried;
  return Status::FromErrno("lock", at.path, EWOULDBLOCK);
}

}  // namespace

Status LockedDirectory::Make(const Plan& plan, LockedDirectory* out) {
  LockedDirectory made;
  const Text root_path(plan.root);
  made.run_ = Text(plan.run);
  made.path_ = Text::Path(plan.root, plan.run);
  Status status = OpenRoot(root_path, &made.root_);
  if (!status.ok()) return status;
  posix::Descriptor root_lock;
  status = LockRootShared(root_path, &root_lock);
  if (!status.ok()) return status;
  const Text new_name(kNewPrefix, plan.run);
  const posix::At unfinished{made.root_.get(), new_name.c_str(), made.path_.c_str()};
  status = posix::MakeDirectoryAt(unfinished);
  if (!status.ok()) return status;
  status = posix::OpenPrivateDirectoryAt(unfinished, &made.directory_);
  if (status.ok()) status = made.Fill(plan);
  if (status.ok()) status = posix::RenameAt(unfinished, made.run_.c_str());
  if (status.ok()) {
    *out = static_cast<LockedDirectory&&>(made);
    return status;
  }
  Status ignored = posix::RemoveTree(unfinished, kLockName, nullptr);
  return status;
}

Status LockedDirectory::Fill(const Plan& plan) {
  Status status = MakeLock({fd(), kLockName, path_.c_str()}, &lock_);
  if (status.ok() && *plan.spill_target != 0) {
    status = posix::MakeSymbolicLinkAt({fd(), kSpillLinkName, path_.c_str()}, plan.spill_target);
  }
  if (status.ok() && plan.budget_bytes != ~0ULL) status = Budget::Create(fd(), path_, plan.budget_bytes);
  return status;
}

Status LockedDirectory::Remove() {
  if (!valid()) return {};
  const Text dead_name(kDeadPrefix, run_.view());
  Status renamed = posix::RenameAt({root_.get(), run_.c_str(), path_.c_str()}, dead_name.c_str());
  // Already gone, or the name is taken by an earlier run's remains: then it is removed under its own name.
  const char* name = renamed.ok() ? dead_name.c_str() : run_.c_str();
  Status removed = posix::RemoveTree({root_.get(), name, path_.c_str()}, kLockName, nullptr);
  if (!removed.ok()) return removed;
  directory_.Close();
  lock_.Close();
  root_.Close();
  return removed;
}

}  // namespace otto
