#include "core/run_directory.h"

#include <cerrno>

#include "base/hash.h"
#include "base/task_name.h"

namespace otto {
namespace {

constexpr std::size_t kMaxRunName = 200;
constexpr int kRootLockMilliseconds = 2000;
constexpr char kInputsName[] = "inputs";

bool IsRunName(std::string_view run) {
  if (run.empty() || run.size() > kMaxRunName || run.front() == '.') return false;
  return run.find('/') == std::string_view::npos && run.find('\0') == std::string_view::npos;
}

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

Status WriteInputs(int directory_fd, const Text& directory, std::span<const std::string_view> inputs) {
  const Text path = Text::Path(directory.view(), kInputsName);
  posix::Descriptor file;
  Status status = posix::CreateFileAt({directory_fd, kInputsName, path.c_str()}, &file);
  constexpr std::byte kNul{};
  for (const std::string_view input : inputs) {
    if (status.ok()) status = posix::WriteAll({file.get(), path.c_str()}, AsBytes(input));
    if (status.ok()) status = posix::WriteAll({file.get(), path.c_str()}, {&kNul, 1});
  }
  return status;
}

}  // namespace

Status RunDirectory::Create(std::string_view root, std::string_view run, RunDirectory* out) {
  if (!IsRunName(run)) return Status::Usage("this cannot be a run's name", run);
  RunDirectory made;
  made.root_path_ = ShmRootPath(root);
  made.run_ = Text(run);
  made.path_ = Text::Path(made.root_path_.view(), run);
  Status status = OpenRoot(made.root_path_, &made.root_);
  if (!status.ok()) return status;
  posix::Descriptor root_lock;
  status = LockRootShared(made.root_path_, &root_lock);
  if (!status.ok()) return status;
  const Text new_name(kNewPrefix, run);
  const posix::At unfinished{made.root_.get(), new_name.c_str(), made.path()};
  status = posix::MakeDirectoryAt(unfinished);
  if (!status.ok()) return status;
  status = posix::OpenPrivateDirectoryAt(unfinished, &made.directory_);
  if (status.ok()) status = MakeLock({made.directory_.get(), kLockName, made.path()}, &made.lock_);
  if (status.ok()) status = posix::RenameAt(unfinished, made.run_.c_str());
  if (status.ok()) {
    *out = static_cast<RunDirectory&&>(made);
    return status;
  }
  Status ignored = posix::RemoveTree(unfinished, kLockName, nullptr);
  return status;
}

Status RunDirectory::CreateTask(std::string_view task, std::span<const std::string_view> inputs, Region* region) {
  const EncodedTaskName name = EncodeTaskName(task);
  if (name.length == 0) return Status::Usage("a task's name must not be empty", path());
  const Text task_path = Text::Path(path_.view(), name.view());
  const posix::At at{directory_.get(), name.text, task_path.c_str()};
  Status status = posix::MakeDirectoryAt(at);
  if (!status.ok()) return status;
  posix::Descriptor directory;
  status = posix::OpenPrivateDirectoryAt(at, &directory);
  if (status.ok()) status = WriteInputs(directory.get(), task_path, inputs);
  if (status.ok()) status = Region::Create({task_path.c_str(), KeyHash(run_.view()), KeyHash(task)}, region);
  if (!status.ok()) {
    Status ignored = posix::RemoveTree(at, "", nullptr);
  }
  return status;
}

Status RunDirectory::RemoveTask(std::string_view task) {
  const EncodedTaskName name = EncodeTaskName(task);
  if (name.length == 0) return Status::Usage("no task has this name", path());
  const Text task_path = Text::Path(path_.view(), name.view());
  return posix::RemoveTree({directory_.get(), name.text, task_path.c_str()}, "", nullptr);
}

Status RunDirectory::Remove() {
  if (!directory_.valid()) return {};
  const Text dead_name(kDeadPrefix, run_.view());
  Status renamed = posix::RenameAt({root_.get(), run_.c_str(), path()}, dead_name.c_str());
  // Already gone, or the name is taken by an earlier run's remains: then it is removed under its own name.
  const char* name = renamed.ok() ? dead_name.c_str() : run_.c_str();
  Status removed = posix::RemoveTree({root_.get(), name, path()}, kLockName, nullptr);
  if (!removed.ok()) return removed;
  directory_.Close();
  lock_.Close();
  root_.Close();
  return removed;
}

}  // namespace otto
