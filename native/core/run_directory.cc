#include "core/run_directory.h"

#include <cerrno>

#include "base/hash.h"
#include "core/budget.h"

namespace otto {
namespace {

constexpr std::size_t kMaxRunName = 200;
constexpr char kInputsName[] = "inputs";

bool IsRunName(std::string_view run) {
  if (run.empty() || run.size() > kMaxRunName || run.front() == '.') return false;
  return run.find('/') == std::string_view::npos && run.find('\0') == std::string_view::npos;
}

// Whether shared memory as such is what is missing, and not this run's right to its place there.
bool IsUnusable(const Status& status) {
  if (status.code() == StatusCode::kNoSpace) return true;
  if (status.code() != StatusCode::kIo) return false;
  const int error = status.error_number();
  return error == ENOENT || error == ENOTDIR || error == EACCES || error == EPERM || error == EROFS || error == ENOMEM;
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

Status RemoveTaskIn(const LockedDirectory& place, const EncodedTaskName& name) {
  if (!place.valid()) return {};
  const Text path = Text::Path(place.path().view(), name.view());
  return posix::RemoveTree({place.fd(), name.text, path.c_str()}, "", nullptr);
}

}  // namespace

// The directory on disk first: nobody ever sees a `.spill` that leads nowhere.
Status RunDirectory::Create(const Plan& plan, RunDirectory* out) {
  if (!IsRunName(plan.run)) return Status::Usage("this cannot be a run's name", plan.run);
  RunDirectory made;
  made.run_ = Text(plan.run);
  Status chosen = ChooseBackend(&made.backend_);
  if (!chosen.ok()) return chosen;
  if (!plan.spill_root.empty()) {
    if (plan.spill_root.front() != '/') return Status::Usage("a spill root is an absolute path", plan.spill_root);
    Status on_disk = LockedDirectory::Make({ShmRootPath(plan.spill_root).view(), plan.run}, &made.disk_);
    if (!on_disk.ok()) return on_disk;
    made.spill_path_ = Text(made.disk_.path().view());
  }
  const Text root = ShmRootPath(plan.root);
  Status status = LockedDirectory::Make({root.view(), plan.run, made.spill_path(), plan.budget_bytes}, &made.memory_);
  made.on_disk_ = !status.ok() && made.disk_.valid() && IsUnusable(status);
  if (!status.ok() && !made.on_disk_) {
    Status ignored = made.disk_.Remove();
    return status;
  }
  made.path_ = Text((made.on_disk_ ? made.disk_ : made.memory_).path().view());
  *out = static_cast<RunDirectory&&>(made);
  return {};
}

Status RunDirectory::CreateTaskIn(const LockedDirectory& place, const EncodedTaskName& name,
                                  const NewTask& task) const {
  const Text task_path = Text::Path(place.path().view(), name.view());
  const posix::At at{place.fd(), name.text, task_path.c_str()};
  Status status = posix::MakeDirectoryAt(at);
  if (!status.ok()) return status;
  posix::Descriptor directory;
  status = posix::OpenPrivateDirectoryAt(at, &directory);
  if (status.ok()) status = WriteInputs(directory.get(), task_path, task.inputs);
  const Backend backend = &place == &memory_ ? backend_ : Backend::kFiles;
  if (status.ok()) {
    status = Region::Create({task_path.c_str(), KeyHash(run_.view()), KeyHash(task.name), backend}, task.region);
  }
  if (!status.ok()) {
    Status ignored = posix::RemoveTree(at, "", nullptr);
  }
  return status;
}

Status RunDirectory::CreateTask(std::string_view task, std::span<const std::string_view> inputs, Region* region) {
  const EncodedTaskName name = EncodeTaskName(task);
  if (name.length == 0) return Status::Usage("a task's name must not be empty", path());
  const NewTask made{task, inputs, region};
  if (on_disk_) return CreateTaskIn(disk_, name, made);
  if (disk_.valid() && posix::ExistsAt({disk_.fd(), name.text, spill_path()})) {
    return Status::FromErrno("make the directory", Text::Path(spill_path_.view(), name.view()).view(), EEXIST);
  }
  Status status = CreateTaskIn(memory_, name, made);
  const bool is_full = status.code() == StatusCode::kNoSpace || status.error_number() == ENOMEM;
  if (status.ok() || !disk_.valid() || !is_full) return status;
  return CreateTaskIn(disk_, name, made);
}

// What its region was charged is asked before its files go.
void RunDirectory::ReturnCharge(const EncodedTaskName& name) const {
  if (!memory_.valid()) return;
  Budget budget;
  Status opened = Budget::Open(memory_.fd(), memory_.path(), &budget);
  if (!opened.ok() || !budget.limited()) return;
  Region region;
  const Text task_path = Text::Path(path_.view(), name.view());
  opened = Region::Attach(task_path.c_str(), Access::kRead, &region);
  if (opened.ok()) budget.Return(region.charged_bytes());
}

Status RunDirectory::RemoveTask(std::string_view task) {
  const EncodedTaskName name = EncodeTaskName(task);
  if (name.length == 0) return Status::Usage("no task has this name", path());
  ReturnCharge(name);
  Status in_memory = RemoveTaskIn(memory_, name);
  Status on_disk = RemoveTaskIn(disk_, name);
  return in_memory.ok() ? static_cast<Status&&>(on_disk) : static_cast<Status&&>(in_memory);
}

Status RunDirectory::Remove() {
  Status in_memory = memory_.Remove();
  Status on_disk = disk_.Remove();
  return in_memory.ok() ? static_cast<Status&&>(on_disk) : static_cast<Status&&>(in_memory);
}

}  // namespace otto
