#include "core/segment.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"

namespace otto {

const char kNoSecondSegment[] = "rule 3: a slot names a segment that is not there";
const char kBeyondMapping[] = "there is not enough address space for all of it; raise \"ulimit -v\"";
const char kNoMemory[] = "there is no memory for the answer";

namespace {

// The fields that the other checks use must not be read again from memory that somebody may be changing.
RecordHeader ReadOnce(const RecordHeader* from) {
  RecordHeader copy;
  std::memcpy(&copy, from, sizeof copy);
  asm volatile("" : "+m"(copy));
  return copy;
}

BrokenRule CheckShape(const RecordHeader& header) {
  if (header.key_bytes == 0 || header.key_bytes > kMaxKeyBytes) return "rule 5: a key's length is out of range";
  if (header.type < 1 || header.type > 5) return "rule 5: an unknown type";
  if (header.place > 2) return "rule 5: an unknown place";
  if (header.record_bytes % kAlignment != 0) return "rule 5: a record's length is not a multiple of 64";
  if (header.record_bytes < kRecordHeaderBytes + header.key_bytes) return "rule 5: a key leaves its record";
  if (header.place != static_cast<std::uint8_t>(Place::kInline))
    return header.file_number == 0 ? "rule 5: a value file without a number" : nullptr;
  // No writer makes one. A file with a hole can claim any length, and who reads such a value makes the hole memory.
  if (header.value_bytes > kMaxInlineBytes) return "rule 5: a value in its record is longer than 1,048,576 bytes";
  const std::uint64_t start = ValueOffset(header.key_bytes, header.value_bytes);
  if (start > header.record_bytes || header.value_bytes > header.record_bytes - start) {
    return "rule 5: a value leaves its record";
  }
  return nullptr;
}

}  // namespace

Key::Key(std::string_view t) : text(t), hash(KeyHash(t)) {}

// Opened by the first thread of this process that meets it.
BrokenRule Segments::FindSecond(std::uint64_t word, const SegmentFile** file) const {
  if (word >> kSlotSegmentShift != 1) return "rule 3: a slot names an unknown segment";
  if (spill_ == nullptr) return kNoSecondSegment;
  *file = spill_->opened_segment();
  if (*file != nullptr) return nullptr;
  SegmentFile* opened = nullptr;
  const Status status = spill_->OpenSegment(SpillArea::IfMissing::kFail, &opened);
  *file = opened;
  return status.ok() ? nullptr : kNoSecondSegment;
}

BrokenRule Segments::Locate(std::uint64_t word, std::uint64_t bytes, Found* found) const {
  if ((word & kSlotReserved) != 0) return "rule 3: reserved bits of a slot are set";
  found->file = main_;
  if (word >> kSlotSegmentShift != 0) [[unlikely]] {
    if (BrokenRule broken = FindSecond(word, &found->file); broken != nullptr) return broken;
  }
  found->offset = word & kSlotOffsetMask;
  if (found->offset < found->file->first_free()) return "rule 3: a slot points into the header";
  const std::uint64_t end = found->offset + bytes;
  if (!found->file->Covers(end)) return "rule 3: a slot points beyond the end of the file";
  return end <= found->file->mapped() ? nullptr : kBeyondMapping;
}

// What is not mapped does not count: a file can claim any length.
bool Segments::CanHold(std::uint64_t bytes) const {
  if (bytes <= main_->mapped() && main_->Covers(bytes)) return true;
  const SegmentFile* second = spill_ == nullptr ? nullptr : spill_->opened_segment();
  if (second == nullptr) return false;
  const std::uint64_t in_main = std::min(main_->mapped(), main_->storage().covered_bytes());
  return bytes - in_main <= second->mapped() && second->Covers(bytes - in_main);
}

BrokenRule Segments::CheckNode(std::uint64_t word, Slot** slots) const {
  Found found{};
  if (BrokenRule broken = Locate(word, kNodeBytes, &found); broken != nullptr) return broken;
  *slots = reinterpret_cast<Slot*>(found.at());
  return nullptr;
}

BrokenRule Segments::ReadRecord(std::uint64_t word, Record* record) const {
  Found found{};
  if ((word & kSlotIsNode) != 0) return "rule 4: a node where only records may be";
  if (BrokenRule broken = Locate(word, kRecordHeaderBytes, &found); broken != nullptr) return broken;
  const std::byte* at = found.at();
  const RecordHeader header = ReadOnce(reinterpret_cast<const RecordHeader*>(at));
  if (BrokenRule broken = CheckShape(header); broken != nullptr) return broken;
  const std::uint64_t end = found.offset + header.record_bytes;
  if (end < found.offset || !found.file->Covers(end)) return "rule 5: a record leaves the file";
  if (end > found.file->mapped()) return kBeyondMapping;
  record->word = word;
  record->previous = header.previous;
  record->sequence = header.sequence;
  record->key_hash = header.key_hash;
  record->value_bytes = header.value_bytes;
  record->file_number = header.file_number;
  record->record_bytes = header.record_bytes;
  record->key = {reinterpret_cast<const char*>(at + kRecordHeaderBytes), header.key_bytes};
  record->type = static_cast<ValueType>(header.type);
  record->place = static_cast<Place>(header.place);
  const bool is_inline = record->place == Place::kInline;
  record->value = is_inline ? at + ValueOffset(header.key_bytes, header.value_bytes) : nullptr;
  return nullptr;
}

}  // namespace otto
