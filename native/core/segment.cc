#include "core/segment.h"

#include <cstring>

#include "base/hash.h"

namespace otto {
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
  if (header.place != 0) return header.file_number == 0 ? "rule 5: a value file without a number" : nullptr;
  const std::uint64_t start = ValueOffset(header.key_bytes, header.value_bytes);
  if (start > header.record_bytes || header.value_bytes > header.record_bytes - start) {
    return "rule 5: a value leaves its record";
  }
  return nullptr;
}

}  // namespace

Key::Key(std::string_view t) : text(t), hash(KeyHash(t)) {}

BrokenRule Segment::CheckSlot(std::uint64_t word, std::uint64_t bytes, std::uint64_t* offset) const {
  if ((word & kSlotReserved) != 0) return "rule 3: reserved bits of a slot are set";
  if (word >> kSlotSegmentShift != 0) return "rule 3: a slot names another segment";
  *offset = word & kSlotOffsetMask;
  if (*offset < kFirstFree) return "rule 3: a slot points into the header";
  if (!Holds(*offset + bytes)) return "rule 3: a slot points beyond the end of the file";
  return nullptr;
}

BrokenRule Segment::CheckNode(std::uint64_t word, std::uint64_t* offset) const {
  return CheckSlot(word, kNodeBytes, offset);
}

BrokenRule Segment::ReadRecord(std::uint64_t word, Record* record) const {
  std::uint64_t offset = 0;
  if ((word & kSlotIsNode) != 0) return "rule 4: a node where only records may be";
  if (BrokenRule broken = CheckSlot(word, kRecordHeaderBytes, &offset); broken != nullptr) return broken;
  const RecordHeader header = ReadOnce(HeaderAt(offset));
  if (BrokenRule broken = CheckShape(header); broken != nullptr) return broken;
  if (header.record_bytes > mapped_ || !Holds(offset + header.record_bytes)) {
    return "rule 5: a record leaves the file";
  }
  record->offset = offset;
  record->previous = header.previous;
  record->sequence = header.sequence;
  record->key_hash = header.key_hash;
  record->value_bytes = header.value_bytes;
  record->file_number = header.file_number;
  record->key = {reinterpret_cast<const char*>(BytesAt(offset + kRecordHeaderBytes)), header.key_bytes};
  record->type = static_cast<ValueType>(header.type);
  record->place = static_cast<Place>(header.place);
  const bool is_inline = record->place == Place::kInline;
  record->value = is_inline ? BytesAt(offset + ValueOffset(header.key_bytes, header.value_bytes)) : nullptr;
  return nullptr;
}

}  // namespace otto
