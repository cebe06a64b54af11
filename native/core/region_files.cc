// Values in files of their own: docs/shm-format.md, section 5.
#include <cerrno>

#include "core/object_value.h"
#include "core/region.h"
#include "core/region_draft.h"
#include "core/step.h"
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
  if (!can_write()) return Status::Usage("it was opened for reading", path());
  *number = writable_header()->next_value_file.fetch_add(1, std::memory_order_relaxed);
  At(Step::kFileNumberTaken);
  if (damaged()) return DamagedStatus();
  return *number == 0 ? BrokenStatus("table 1: next_value_file is 0") : Status();
}

Status Region::NewValueFile(ValueFile* value_file) {
  Status status = CreateValueFile(Place::kFile, value_file);
  if (status.code() != StatusCode::kNoSpace) return status;
  Status on_disk = CreateValueFile(Place::kSpilled, value_file);
  return on_disk.error_number() == ENOENT ? static_cast<Status&&>(status) : static_cast<Status&&>(on_disk);
}

Status Region::CreateValueFile(Place place, ValueFile* value_file) {
  return NameValueFile({.place = place}, value_file);
}

// A value whose length is known goes straight into an object. Where that has no room it goes to disk.
Status Region::CreateValueObject(Bytes value, ValueFile* value_file) {
  Status status = Charge(value.size());
  if (status.ok()) {
    status = NameValueFile({.object = &value}, value_file);
    if (!status.ok()) ReturnCharge(value.size());
  }
  if (status.ok()) {
    value_file->charged_ = HasBudget() ? value.size() : 0;
    value_file->written_ = value.size();
  }
  if (status.code() != StatusCode::kNoSpace) return status;
  Status on_disk = CreateValueFile(Place::kSpilled, value_file);
  if (on_disk.ok()) return value_file->Append(value);
  return on_disk.error_number() == ENOENT ? static_cast<Status&&>(status) : static_cast<Status&&>(on_disk);
}

Status Region::WriteValueFile(Bytes value, ValueFile* value_file) {
  if (has_objects()) return CreateValueObject(value, value_file);
  Status status = NewValueFile(value_file);
  if (status.ok()) status = value_file->Expect(value.size());
  return status.ok() ? value_file->Append(value) : static_cast<Status&&>(status);
}

// Takes the first number whose name is free.
Status Region::NameValueFile(const NewName& wanted, ValueFile* value_file) {
  const Place place = wanted.place;
  value_file->Discard();
  const SpillArea::Directory* spilled = nullptr;
  Status status;
  if (place == Place::kSpilled) status = spill_.Open(SpillArea::IfMissing::kMake, &spilled);
  if (!status.ok()) return status;
  const Text& directory = spilled == nullptr ? directory_path_ : spilled->path;
  const int directory_fd = spilled == nullptr ? directory_.get() : spilled->fd.get();
  for (int tries = 0; tries < kMaxTakenNames; ++tries) {
    std::uint64_t number = 0;
    status = TakeFileNumber(&number);
    if (!status.ok()) return status;
    const ValueFileName name(number);
    Text path = Text::Path(directory.view(), name.text);
    const posix::At at{directory_fd, name.text, path.c_str()};
    if (wanted.link_from != nullptr) {
      status = posix::LinkAt(*wanted.link_from, at);
    } else {
      status =
          wanted.object == nullptr ? posix::CreateFileAt(at, &value_file->fd_) : CreateObjectValue(at, *wanted.object);
    }
    At(wanted.link_from == nullptr ? Step::kFileCreated : Step::kFileLinked);
    if (status.ok()) value_file->Begin(this, {place, number, directory_fd}, static_cast<Text&&>(path));
    if (status.error_number() != EEXIST) return status;
  }
  return status;
}

Status Region::PublishFile(std::string_view key, ValueType type, ValueFile* value_file) {
  Status status = StoreFile(key, type, value_file);
  if (status.ok()) value_file->Release();
  value_file->Discard();
  return status;
}

// The record repeats what the file system says, not what the writer believes.
Status Region::StoreFile(std::string_view key, ValueType type, ValueFile* value_file) {
  std::uint64_t bytes = 0;
  Status status = CheckSettable(key, type);
  if (status.ok() && value_file->number() == 0) status = Status::Usage("there is no value file", path());
  if (status.ok()) status = value_file->Complete(&bytes);
  if (!status.ok()) return status;
  At(Step::kFileComplete);
  return Store({Key(key), type, value_file->place(), value_file->number(), bytes, {}});
}

Status Region::PublishNumbered(std::string_view key, ValueType type, std::uint64_t number) {
  Status status = CheckSettable(key, type);
  if (status.ok() && number == 0) status = Status::Usage("there is no value file", path());
  if (!status.ok()) return status;
  OpenedFile file;
  status = OpenFileOf(Place::kFile, number, &file);
  if (!status.ok()) return status;
  // The bytes are there already, whatever the budget says: to refuse them would not give any back.
  ValueFile value_file;
  value_file.fd_ = static_cast<posix::Descriptor&&>(file.fd);
  value_file.Begin(this, {Place::kFile, number, directory_.get()}, static_cast<Text&&>(file.path));
  status = StoreFile(key, type, &value_file);
  if (!status.ok() && value_file.charged_ != 0) ReturnCharge(value_file.charged_);
  value_file.Release();
  return status;
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
  At(Step::kFileRenamed);
  Status published = PublishNumbered(adoption.key, adoption.type, number);
  if (published.ok()) return published;
  const Text new_path = Text::Path(directory_path_.view(), name.text);
  Status ignored = posix::RenameAt({directory_.get(), name.text, new_path.c_str()}, adoption.file_name);
  return published;
}

}  // namespace otto
