// Values in files of their own: docs/shm-format.md, section 5.
#include <cerrno>

#include "core/region.h"
#include "core/region_draft.h"
#include "core/value_file.h"

namespace otto {
namespace {

// Somebody of this user may have made files with numbers that were not taken; that many are passed over.
constexpr int kMaxTakenNames = 1000;

// A name that may be taken over: directly in the directory, and none of the format's own files.
bool IsAdoptable(std::string_view name) {
  if (name.empty() || name.find('/') != std::string_view::npos) return false;
  return name != "." && name != ".." && name != "region" && name != "inputs";
}

}  // namespace

Status Region::TakeFileNumber(std::uint64_t* number) {
  if (access_ == Access::kRead) return Status::Usage("it was opened for reading", path());
  *number = writable_header()->next_value_file.fetch_add(1, std::memory_order_relaxed);
  if (damaged()) return DamagedStatus();
  return *number == 0 ? BrokenStatus("table 1: next_value_file is 0") : Status();
}

Status Region::NewValueFile(ValueFile* value_file) {
  value_file->Discard();
  Status status;
  for (int tries = 0; tries < kMaxTakenNames; ++tries) {
    std::uint64_t number = 0;
    status = TakeFileNumber(&number);
    if (!status.ok()) return status;
    const ValueFileName name(number);
    value_file->path_ = Text::Path(directory_path_.view(), name.text);
    status = posix::CreateFileAt({directory_.get(), name.text, value_file->path()}, &value_file->fd_);
    if (status.ok()) {
      value_file->number_ = number;
      value_file->directory_fd_ = directory_.get();
      return {};
    }
    if (status.error_number() != EEXIST) return status;
  }
  return status;
}

// The record repeats what the file system says, not what the writer believes.
Status Region::PublishFile(std::string_view key, ValueType type, ValueFile* value_file) {
  Status published = PublishNumbered(key, type, value_file->number());
  if (published.ok()) value_file->number_ = 0;  // no longer the ValueFile's to unlink
  value_file->Discard();
  return published;
}

Status Region::PublishNumbered(std::string_view key, ValueType type, std::uint64_t number) {
  Status usable = CheckWritable(key);
  if (!usable.ok()) return usable;
  if (number == 0) return Status::Usage("there is no value file", path());
  if (type < ValueType::kString || type > ValueType::kRaw) return Status::Usage("an unknown type", path());
  const ValueFileName name(number);
  const Text file_path = Text::Path(directory_path_.view(), name.text);
  posix::Descriptor file;
  Status opened =
      posix::OpenPrivateFileAt({directory_.get(), name.text, file_path.c_str()}, posix::OpenMode::kRead, &file);
  if (!opened.ok()) return opened;
  std::uint64_t bytes = 0;
  Status sized = posix::SizeOf(file.get(), file_path.c_str(), &bytes);
  if (!sized.ok()) return sized;
  return Store({Key(key), type, Place::kFile, number, bytes, {}});
}

Status Region::AdoptFile(const Adoption& adoption) {
  Status usable = CheckWritable(adoption.key);
  if (!usable.ok()) return usable;
  if (!IsAdoptable(adoption.file_name)) return Status::Usage("this file cannot become a value", path());
  const Text old_path = Text::Path(directory_path_.view(), adoption.file_name);
  std::uint64_t number = 0;
  Status taken = TakeFileNumber(&number);
  if (!taken.ok()) return taken;
  const ValueFileName name(number);
  Status renamed = posix::RenameAt({directory_.get(), adoption.file_name, old_path.c_str()}, name.text);
  if (!renamed.ok()) return renamed;
  Status published = PublishNumbered(adoption.key, adoption.type, number);
  if (published.ok()) return published;
  const Text new_path = Text::Path(directory_path_.view(), name.text);
  Status ignored = posix::RenameAt({directory_.get(), name.text, new_path.c_str()}, adoption.file_name);
  return published;
}

}  // namespace otto
