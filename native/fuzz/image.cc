#include "image.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"

namespace otto::fuzz {

char ValueByte(std::uint64_t word, std::uint64_t at) {
  return static_cast<char>('A' + (word / 64 + at) % 53);
}

Image::Image() {
  for (File& file : segments_) file.bytes.reserve(kMaxImageBytes);  // so that pointers into them stay good
  segments_[0].bytes.resize(kInitialBytes);
  segments_[0].length = kInitialBytes;
  segments_[0].exists = true;
  RegionHeader* h = header();
  std::memcpy(h->magic, kMagic, sizeof kMagic);
  h->major = kMajor;
  h->minor = kMinor;
  h->header_bytes = kHeaderBytes;
  h->reader_features = kFeatureSpill;
  h->root_offset = kRootOffset;
  h->root_bits = kRootBits;
  h->node_bits = kNodeBits;
  h->tail = kFirstFree;
  h->next_sequence = 1;
  h->next_value_file = kFileNumbers;
  h->spill_tail = kFirstFreeSpilled;
}

std::byte* Image::At(std::uint64_t word, std::uint64_t bytes) {
  const std::uint64_t segment = word >> kSlotSegmentShift;
  const std::uint64_t offset = word & kSlotOffsetMask;
  if (segment >= kSegments) return nullptr;
  std::vector<std::byte>& all = segments_[segment].bytes;
  return offset <= all.size() && bytes <= all.size() - offset ? all.data() + offset : nullptr;
}

RecordHeader* Image::RecordAt(std::uint64_t word) {
  return reinterpret_cast<RecordHeader*>(At(word, kRecordHeaderBytes));
}

std::uint64_t* Image::SlotOf(std::uint64_t node, std::uint64_t index) {
  return reinterpret_cast<std::uint64_t*>(At(node, kNodeBytes)) + index;
}

std::uint64_t Image::Reserve(std::size_t segment, std::uint64_t bytes) {
  File& file = segments_[segment];
  std::atomic<std::uint64_t>& tail = segment == 0 ? header()->tail : header()->spill_tail;
  const std::uint64_t at = tail.load();
  if (at % kAlignment != 0 || at < kFirstFreeSpilled || at > kMaxImageBytes || bytes > kMaxImageBytes - at) return 0;
  tail = at + bytes;
  if (file.bytes.size() < at + bytes) {
    file.bytes.resize(at + bytes);
    file.length = std::max(file.length, at + bytes);
  }
  file.exists = true;
  return at | static_cast<std::uint64_t>(segment) << kSlotSegmentShift;
}

void Image::Write(const std::string& key, const Placement& placement) {
  const bool is_inline = placement.place == Place::kInline;
  const std::uint64_t value_at = ValueOffset(key.size(), placement.value_bytes);
  const std::uint64_t end = is_inline ? value_at + placement.value_bytes : kRecordHeaderBytes + key.size();
  const std::uint64_t record_bytes = RoundUp(end, kAlignment);
  const std::uint64_t word = Reserve(placement.segment, record_bytes);
  if (word == 0) return;
  RecordHeader* record = RecordAt(word);
  record->sequence = header()->next_sequence.fetch_add(1);
  record->key_hash = KeyHash(key);
  record->value_bytes = placement.value_bytes;
  record->key_bytes = static_cast<std::uint32_t>(key.size());
  record->type = static_cast<std::uint8_t>(placement.type);
  record->place = static_cast<std::uint8_t>(placement.place);
  record->file_number = placement.file_number;
  record->record_bytes = record_bytes;
  std::memcpy(record + 1, key.data(), key.size());
  for (std::uint64_t i = 0; is_inline && i < placement.value_bytes; ++i) {
    reinterpret_cast<char*>(record)[value_at + i] = ValueByte(word, i);
  }
  records_.push_back(word);
  if (!Link(word, key, placement.segment)) return;
  if (placement.type == ValueType::kDeleted) {
    expected_.erase(key);
  } else {
    expected_[key] = {placement.type, placement.value_bytes, word};
  }
}

// As a writer does it: docs/shm-format.md, section 4. False: damage or lack of room is in the way.
bool Image::Link(std::uint64_t word, const std::string& key, std::size_t segment) {
  const std::uint64_t hash = KeyHash(key);
  std::uint64_t node = kRootOffset;
  for (std::uint32_t level = 0; level <= kDeepestLevel; ++level) {
    if (At(node, level == 0 ? kFirstFree - kRootOffset : kNodeBytes) == nullptr) return false;
    std::uint64_t* slot = SlotOf(node, SlotIndex(hash, level));
    if ((*slot & kSlotIsNode) == 0) {
      const RecordHeader* other = *slot == 0 ? nullptr : RecordAt(*slot);
      if (*slot != 0 && (other == nullptr || At(*slot, kRecordHeaderBytes + key.size()) == nullptr)) return false;
      const bool same =
          other != nullptr && other->key_bytes == key.size() && std::memcmp(other + 1, key.data(), key.size()) == 0;
      if (other == nullptr || same || level == kDeepestLevel) return Publish(slot, word, level);
      if (!Split(slot, level, segment)) return false;
    }
    node = *slot & ~kSlotIsNode;
  }
  return false;
}

bool Image::Publish(std::uint64_t* slot, std::uint64_t word, std::uint32_t level) {
  if (level == kDeepestLevel) RecordAt(word)->previous = *slot;
  *slot = word;
  return true;
}

bool Image::Split(std::uint64_t* slot, std::uint32_t level, std::size_t segment) {
  const std::uint64_t other = *slot;
  const std::uint64_t other_hash = RecordAt(other)->key_hash;
  const std::uint64_t node = Reserve(segment, kNodeBytes);
  if (node == 0) return false;
  nodes_.push_back(node | kSlotIsNode);
  *SlotOf(node, SlotIndex(other_hash, level + 1)) = other;
  *slot = node | kSlotIsNode;
  return true;
}

}  // namespace otto::fuzz
