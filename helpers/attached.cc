#include "attached.h"

#include <cerrno>

#include "base/task_name.h"
#include "posix/file.h"

namespace otto::helpers {
namespace {

constexpr char kInputsName[] = "inputs";

Status ReadWhole(const posix::Target& file, GrowableArray<char>* to) {
  for (;;) {
    char chunk[4096];
    std::size_t count = 0;
    Status read = posix::ReadUpTo(file, std::as_writable_bytes(std::span(chunk)), &count);
    if (!read.ok() || count == 0) return read;
    for (std::size_t i = 0; i < count; ++i) {
      if (!to->Append(chunk[i])) return Status::FromErrno("read", file.path, ENOMEM);
    }
  }
}

// Names, each ended by NUL; what is not ended is cut off.
class Names {
 public:
  explicit Names(const GrowableArray<char>& text) : rest_(text.begin(), text.size()) {}
  bool Next(std::string_view* name) {
    const std::size_t length = rest_.find('\0');
    if (length == std::string_view::npos) return false;
    *name = std::string_view(rest_.data(), length);
    rest_ = After(rest_, length + 1);
    return true;
  }

 private:
  std::string_view rest_;
};

Status ReadInputsIn(const char* directory, GrowableArray<char>* names) {
  const Text path = Text::Path(directory, kInputsName);
  posix::Descriptor directory_fd;
  posix::Descriptor file;
  Status status = posix::OpenPrivateDirectory(directory, &directory_fd);
  if (!status.ok()) return status;
  status = posix::OpenPrivateFileAt({directory_fd.get(), kInputsName, path.c_str()}, posix::OpenMode::kRead, &file);
  return status.ok() ? ReadWhole({file.get(), path.c_str()}, names) : static_cast<Status&&>(status);
}

}  // namespace

void Attached::Enter(const Session& session) {
  if (run_directory_.view() == session.run_directory && task_.view() == session.task) return;
  Forget();
  run_directory_ = Text(session.run_directory);
  task_ = Text(session.task);
}

bool Attached::Forget() {
  bool had_any = own_.is_open();
  own_.Close();
  for (Source& source : sources_) {
    had_any = had_any || source.region.is_open();
    source.region.Close();
  }
  return had_any;
}

Status Attached::Own(Region** out) {
  *out = &own_;
  if (own_.is_open()) return {};
  const Text directory = Text::Path(run_directory_.view(), EncodeTaskName(task_.view()).view());
  return Region::Attach(directory.c_str(), write_access_, &own_);
}

Status Attached::Of(std::string_view task, bool* allowed, Region** out) {
  *allowed = true;
  for (Source& source : sources_) {
    if (!source.region.is_open() || source.task.view() != task) continue;
    *out = &source.region;
    return {};
  }
  Status looked = MayRead(task, allowed);
  if (!looked.ok() || !*allowed) return looked;
  Source& source = sources_[next_source_++ % kSources];
  source.task = Text(task);
  *out = &source.region;
  const Text directory = Text::Path(run_directory_.view(), EncodeTaskName(task).view());
  return Region::Attach(directory.c_str(), Access::kRead, &source.region);
}

Status Attached::ReadInputs(GrowableArray<char>* names) {
  const Text directory = Text::Path(run_directory_.view(), EncodeTaskName(task_.view()).view());
  Status read = ReadInputsIn(directory.c_str(), names);
  if (read.error_number() != ENOENT) return read;
  // Without room in shared memory the task's directory is on disk; its region knows where.
  Region* own = nullptr;
  Status attached = Own(&own);
  return attached.ok() ? ReadInputsIn(own->task_directory(), names) : static_cast<Status&&>(attached);
}

Status Attached::MayRead(std::string_view task, bool* allowed) {
  *allowed = task == task_.view();
  if (*allowed) return {};
  GrowableArray<char> text;
  Status read = ReadInputs(&text);
  if (!read.ok()) return read;
  Names names(text);
  for (std::string_view name; !*allowed && names.Next(&name);) *allowed = name == task;
  return {};
}

Status Attached::OfDirectory(std::string_view directory_name, Region** out) {
  *out = nullptr;
  bool allowed = false;
  if (EncodeTaskName(task_.view()).view() == directory_name) return Of(task_.view(), &allowed, out);
  GrowableArray<char> text;
  Status read = ReadInputs(&text);
  if (!read.ok()) return read;
  Names names(text);
  for (std::string_view name; names.Next(&name);) {
    if (EncodeTaskName(name).view() == directory_name) return Of(name, &allowed, out);
  }
  return {};
}

}  // namespace otto::helpers
