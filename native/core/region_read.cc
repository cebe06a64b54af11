#include <algorithm>
#include <cstring>

#include "core/region.h"
#include "core/trie.h"
#include "core/value_file.h"

namespace otto {
namespace {

Value ValueOf(const Record& record) {
  Value value;
  value.found = record.type != ValueType::kDeleted;
  value.type = record.type;
  value.place = record.place;
  value.bytes = record.value_bytes;
  value.data = record.value;
  value.file_number = record.file_number;
  return value;
}

bool AppendEntry(void* context, const Record& record) {
  if (record.type == ValueType::kDeleted) return true;
  auto* entries = static_cast<GrowableArray<Entry>*>(context);
  return entries->Append({record.key, ValueOf(record), record.sequence, record.offset});
}

bool Earlier(const Entry& a, const Entry& b) {
  return a.sequence != b.sequence ? a.sequence < b.sequence : a.offset < b.offset;
}

bool IsInside(const Region::Range& range, std::uint64_t bytes) {
  return range.offset <= bytes && range.length <= bytes - range.offset;
}

}  // namespace

Status Region::CheckKey(std::string_view key) const {
  if (key.empty() || key.size() > kMaxKeyBytes) return Status::Usage("a key has 1 to 2048 bytes", path());
  if (std::memchr(key.data(), 0, key.size()) != nullptr) return Status::Usage("a key holds no NUL", path());
  return {};
}

Status Region::Get(std::string_view text, Value* value) const {
  Status usable = CheckKey(text);
  if (!usable.ok()) return usable;
  Spot spot;
  const BrokenRule broken = Walk(segment(), Key(text), &spot);
  if (broken != nullptr) return BrokenStatus(broken);
  if (damaged()) return DamagedStatus();
  *value = spot.kind == Spot::Kind::kSameKey ? ValueOf(spot.record) : Value{};
  return {};
}

Status Region::List(GrowableArray<Entry>* out) const {
  out->Clear();
  const BrokenRule broken = VisitAll(segment(), {out, AppendEntry});
  if (broken != nullptr) return BrokenStatus(broken);
  if (damaged()) return DamagedStatus();
  std::sort(out->begin(), out->end(), Earlier);
  return {};
}

Text Region::ValueFilePath(const Value& value) const {
  if (value.place != Place::kFile) return {};
  return Text::Path(directory_path_.view(), ValueFileName(value.file_number).text);
}

Status Region::OpenValueFile(const Value& value, posix::Descriptor* out) const {
  if (value.place == Place::kInline) return Status::Usage("this value has no file", path());
  if (value.place == Place::kSpilled) {
    return Status(Failure{StatusCode::kVersion, "read", path(), 0, "a value is in a spill directory"});
  }
  const ValueFileName name(value.file_number);
  const Text file_path = ValueFilePath(value);
  posix::Descriptor opened;
  Status status =
      posix::OpenPrivateFileAt({directory_.get(), name.text, file_path.c_str()}, posix::OpenMode::kRead, &opened);
  if (!status.ok()) return status;
  std::uint64_t bytes = 0;
  status = posix::SizeOf(opened.get(), file_path.c_str(), &bytes);
  if (!status.ok()) return status;
  if (bytes != value.bytes) return Status::Corrupt("rule 7: a value file has another length", file_path.view());
  *out = static_cast<posix::Descriptor&&>(opened);
  return {};
}

Status Region::Read(const Value& value, std::uint64_t offset, std::span<std::byte> to) const {
  if (!IsInside({offset, to.size()}, value.bytes)) return Status::Usage("the range is not in the value", path());
  if (to.empty()) return {};
  if (value.place == Place::kInline) {
    std::memcpy(to.data(), value.data + offset, to.size());
    return damaged() ? DamagedStatus() : Status();
  }
  posix::Descriptor file;
  Status opened = OpenValueFile(value, &file);
  if (!opened.ok()) return opened;
  const Text file_path = ValueFilePath(value);
  return posix::ReadAt({file.get(), file_path.c_str()}, offset, to);
}

Status Region::MapValue(const Value& value, const Range& range, posix::Mapping* out) const {
  if (!IsInside(range, value.bytes)) return Status::Usage("the range is not in the value", path());
  if (value.place == Place::kInline) {
    const std::uint64_t start = static_cast<std::uint64_t>(value.data - mapping_.data()) + range.offset;
    return posix::Mapping::Map({file_.get(), path(), start, range.length, posix::Protection::kRead}, out);
  }
  posix::Descriptor file;
  Status opened = OpenValueFile(value, &file);
  if (!opened.ok()) return opened;
  const Text file_path = ValueFilePath(value);
  return posix::Mapping::Map({file.get(), file_path.c_str(), range.offset, range.length, posix::Protection::kRead},
                             out);
}

}  // namespace otto
