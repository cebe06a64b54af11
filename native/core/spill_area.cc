#include "core/spill_area.h"

#include <cerrno>

#include "core/run_paths.h"
#include "core/step.h"
#include "posix/directory.h"

namespace otto {
namespace {

constexpr char kSegmentName[] = "region.1";

Status NoMemory(const Text& path) {
  return Status::FromErrno("get memory for", path.view(), ENOMEM);
}

// A directory of somebody else who was faster is as good.
Status MakeDirectory(const posix::At& at) {
  Status made = posix::MakeDirectoryAt(at);
  if (made.error_number() == EEXIST) return {};
  At(Step::kSpillDirectoryMade);
  return made;
}

Status OpenOrMakeFile(const posix::At& at, posix::OpenMode mode, SpillArea::IfMissing if_missing,
                      posix::Descriptor* out) {
  for (;;) {
    Status opened = posix::OpenPrivateFileAt(at, mode, out);
    if (opened.error_number() != ENOENT || if_missing == SpillArea::IfMissing::kFail) return opened;
    opened = posix::CreateFileAt(at, out);
    At(Step::kSpillSegmentMade);
    if (opened.error_number() != EEXIST) return opened;
  }
}

}  // namespace

void SpillArea::Begin(std::string_view task_directory, posix::Protection protection) {
  task_directory_ = Text(task_directory);
  protection_ = protection;
}

void SpillArea::Close() {
  segment_.Reset();
  directory_.Reset();
}

Text SpillArea::Path() const {
  const SplitPath task(task_directory_.view());
  posix::Descriptor run_fd;
  Text run_path;
  if (!OpenRun(task.parent, &run_fd).ok() || !SpillTarget(run_fd.get(), task.parent, &run_path).ok()) return {};
  return run_path.empty() ? Text() : Text::Path(run_path.view(), task.name);
}

Status SpillArea::Open(IfMissing if_missing, const Directory** out) const {
  *out = directory_.get();
  if (*out != nullptr) return {};
  const SplitPath task(task_directory_.view());
  const Text name(task.name);
  posix::Descriptor run_fd;
  Text spill_path;
  Status status = OpenRun(task.parent, &run_fd);
  if (status.ok()) status = SpillTarget(run_fd.get(), task.parent, &spill_path);
  if (status.ok() && spill_path.empty()) status = Status::FromErrno("spill from", task_directory_.view(), ENOENT);
  posix::Descriptor spill_fd;
  if (status.ok()) status = OpenRun(spill_path.view(), &spill_fd);
  if (!status.ok()) return status;
  Directory opened;
  opened.path = Text::Path(spill_path.view(), task.name);
  const posix::At at{spill_fd.get(), name.c_str(), opened.path.c_str()};
  if (if_missing == IfMissing::kMake) status = MakeDirectory(at);
  if (status.ok()) status = posix::OpenPrivateDirectoryAt(at, &opened.fd);
  if (!status.ok()) return status;
  *out = directory_.Keep(static_cast<Directory&&>(opened));
  return *out == nullptr ? NoMemory(task_directory_) : Status();
}

Status SpillArea::OpenSegment(IfMissing if_missing, SegmentFile** out) const {
  *out = segment_.get();
  if (*out != nullptr) return {};
  const Directory* directory = nullptr;
  Status status = Open(if_missing, &directory);
  if (!status.ok()) return status;
  Text path = Text::Path(directory->path.view(), kSegmentName);
  const auto mode = protection_ == posix::Protection::kRead ? posix::OpenMode::kRead : posix::OpenMode::kReadWrite;
  posix::Descriptor file;
  status = OpenOrMakeFile({directory->fd.get(), kSegmentName, path.c_str()}, mode, if_missing, &file);
  if (!status.ok()) return status;
  Storage opened;
  status = Storage::Adopt(static_cast<posix::Descriptor&&>(file), static_cast<Text&&>(path), protection_, &opened);
  if (!status.ok()) return status;
  *out = segment_.Keep(SegmentFile(1, static_cast<Storage&&>(opened)));
  return *out == nullptr ? NoMemory(task_directory_) : Status();
}

}  // namespace otto
