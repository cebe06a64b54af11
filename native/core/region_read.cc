#include <algorithm>
#include <atomic>
#include <cstring>

#include "core/known_key.h"
#include "core/object_value.h"
#include "core/region.h"
#include "core/region_draft.h"
#include "core/trie.h"
#include "core/value_file.h"

namespace otto {
namespace {

constexpr char kOtherLength[] = "rule 7: a value file has another length";

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
  return entries->Append({record.key, ValueOf(record), record.sequence, record.word});
}

bool Earlier(const Entry& a, const Entry& b) {
  return a.sequence != b.sequence ? a.sequence < b.sequence : a.offset < b.offset;
}

bool IsInside(const Region::Range& range, std::uint64_t bytes) {
  return range.offset <= bytes && range.length <= bytes - range.offset;
}

// Loads that come before it are done before those that come after it.
void FinishLoads() {
#if !defined(__SANITIZE_THREAD__)  // knows no fences
  std::atomic_thread_fence(std::memory_order_acquire);
#endif
}

}  // namespace

Status Region::CheckKey(std::string_view key) const {
  if (key.empty() || key.size() > kMaxKeyBytes) return Status::Usage("a key has 1 to 2048 bytes", path());
  if (std::memchr(key.data(), 0, key.size()) != nullptr) return Status::Usage("a key holds no NUL", path());
  return {};
}

Status Region::Get(std::string_view text, Value* value) const {
  Status status = CheckKey(text);
  if (!status.ok()) return status;
  Spot spot;
  status = LookFor(Key(text), &spot);
  if (status.ok()) *value = spot.kind == Spot::Kind::kSameKey ? ValueOf(spot.record) : Value{};
  return status;
}

Status Region::LookFor(const Key& key, Spot* spot) const {
  const BrokenRule broken = Walk(segments(), key, spot);
  if (broken != nullptr) return BrokenStatus(broken);
  if (damaged()) return DamagedStatus();
  // A slot in the page in which the file was cut is empty, too.
  const auto* slot = reinterpret_cast<const std::byte*>(spot->slot);
  const bool is_empty = spot->kind == Spot::Kind::kEmpty;
  if (is_empty && !SegmentWith(slot).StillCovers(SegmentWith(slot).OffsetOf(slot) + sizeof(Slot)))
    return DamagedStatus();
  return {};
}

Status Region::Get(std::string_view text, KnownKey* known, Value* value) const {
  if (known->Holds()) {
    *value = known->value;
    return damaged() ? DamagedStatus() : Status();
  }
  Status status = CheckKey(text);
  if (!status.ok()) return status;
  const Key key(text);
  Spot spot;
  status = LookFor(key, &spot);
  if (!status.ok()) return status;
  *value = spot.kind == Spot::Kind::kSameKey ? ValueOf(spot.record) : Value{};
  // Not on the deepest level: its slots hold the records of several keys.
  if (value->found && spot.level < kDeepestLevel) {
    *known = {
        .slot = spot.slot, .word = spot.word, .value = *value, .hash = key.hash, .sequence = spot.record.sequence};
  }
  return status;
}

Status Region::List(GrowableArray<Entry>* out) const {
  out->Clear();
  const BrokenRule broken = VisitAll(segments(), {out, AppendEntry});
  if (broken != nullptr) return BrokenStatus(broken);
  if (damaged()) return DamagedStatus();
  std::sort(out->begin(), out->end(), Earlier);
  return {};
}

Text Region::ValueFilePath(const Value& value) const {
  if (value.place == Place::kInline) return {};
  const ValueFileName name(value.file_number);
  if (value.place == Place::kFile) return Text::Path(directory_path_.view(), name.text);
  const SpillArea::Directory* spilled = nullptr;
  if (!spill_.Open(SpillArea::IfMissing::kFail, &spilled).ok()) return {};
  return Text::Path(spilled->path.view(), name.text);
}

// Of a stub, too: `bytes` is the file's length.
Status Region::OpenFileOf(Place place, std::uint64_t number, OpenedFile* out) const {
  const ValueFileName name(number);
  const SpillArea::Directory* spilled = nullptr;
  Status status;
  if (place == Place::kSpilled) status = spill_.Open(SpillArea::IfMissing::kFail, &spilled);
  if (!status.ok()) return status;
  out->number = number;
  out->directory_fd = spilled == nullptr ? directory_.get() : spilled->fd.get();
  out->path = Text::Path((spilled == nullptr ? directory_path_ : spilled->path).view(), name.text);
  status = posix::OpenLinkableFileAt({out->directory_fd, name.text, out->path.c_str()}, &out->fd);
  return status.ok() ? posix::SizeOf(out->fd.get(), out->path.c_str(), &out->bytes) : static_cast<Status&&>(status);
}

// `bytes` is the value's length. An object may be longer.
Status Region::OpenFileOf(const Value& value, OpenedFile* out) const {
  Status status = OpenFileOf(value.place, value.file_number, out);
  if (status.ok() && IsInObject(value)) {
    status = OpenObjectOf({out->fd.get(), out->path.c_str()}, &out->object, &out->bytes);
    if (out->bytes > value.bytes) out->bytes = value.bytes;
  }
  if (!status.ok() || out->bytes == value.bytes) return status;
  return Status::Corrupt(kOtherLength, out->path.view());
}

Status Region::OpenValueFile(const Value& value, posix::Descriptor* out) const {
  if (value.place == Place::kInline) return Status::Usage("this value has no file", path());
  OpenedFile file;
  Status status = OpenFileOf(value, &file);
  if (!status.ok()) return status;
  *out = static_cast<posix::Descriptor&&>(file.object.valid() ? file.object : file.fd);
  return {};
}

Status Region::Read(const Value& value, std::uint64_t offset, std::span<std::byte> to) const {
  if (!IsInside({offset, to.size()}, value.bytes)) return Status::Usage("the range is not in the value", path());
  if (to.empty()) return {};
  if (value.place == Place::kInline) {
    std::memcpy(to.data(), value.data + offset, to.size());
    return Confirm(value);
  }
  posix::Descriptor file;
  Status opened = OpenValueFile(value, &file);
  if (!opened.ok()) return opened;
  const Text file_path = ValueFilePath(value);
  const posix::Target target{file.get(), file_path.c_str()};
  if (IsInObject(value)) return ReadObject(target, offset, to);
  Status read = posix::ReadAt(target, offset, to);
  std::uint64_t bytes = 0;
  if (read.ok()) read = posix::SizeOf(file.get(), file_path.c_str(), &bytes);
  return read.ok() && bytes != value.bytes ? Status::Corrupt(kOtherLength, file_path.view())
                                           : static_cast<Status&&>(read);
}

const SegmentFile& Region::SegmentWith(const std::byte* address) const {
  // What was found in the second segment was found because it is open.
  return main_.Maps(address) ? main_ : *spill_.opened_segment();
}

// A file that was cut within a page reads as zeros up to the page's end, and faults behind it. So a last byte that
// still is another one after the value was used, says without a system call that the file was not cut.
Status Region::Confirm(const Value& value) const {
  const bool has_bytes = value.place == Place::kInline && value.bytes != 0;
  FinishLoads();
  const bool ends_with_zero =
      has_bytes && *static_cast<const volatile std::byte*>(value.data + value.bytes - 1) == std::byte{0};
  if (damaged()) return DamagedStatus();
  if (!ends_with_zero) return {};
  const SegmentFile& file = SegmentWith(value.data);
  return file.StillCovers(file.OffsetOf(value.data) + value.bytes) ? Status() : DamagedStatus();
}

Status Region::MapValue(const Value& value, const Range& range, posix::Mapping* out) const {
  if (!IsInside(range, value.bytes)) return Status::Usage("the range is not in the value", path());
  if (value.place == Place::kInline) {
    const SegmentFile& file = SegmentWith(value.data);
    const std::uint64_t start = file.OffsetOf(value.data) + range.offset;
    return file.storage().MapRange(start, range.length, out);
  }
  posix::Descriptor file;
  Status opened = OpenValueFile(value, &file);
  if (!opened.ok()) return opened;
  const Text file_path = ValueFilePath(value);
  return posix::Mapping::Map({file.get(), file_path.c_str(), range.offset, range.length, posix::Protection::kRead},
                             out);
}

}  // namespace otto
