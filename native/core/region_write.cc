#include <cstring>

#include "core/region.h"
#include "core/region_draft.h"
#include "core/trie.h"
#include "core/utf8.h"
#include "core/value_file.h"

namespace otto {
namespace {

// Up to this length a record is copied into memory that is reserved in advance; above it, one pwrite is cheaper.
constexpr std::uint64_t kMaxArenaRecord = 4096;

constexpr std::byte kZeros[128] = {};

bool IsUtf8(std::string_view text) {
  Utf8Check check;
  check.Feed(reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return check.valid();
}

}  // namespace

Status Region::CheckWritable(std::string_view key) const {
  if (access_ == Access::kRead) return Status::Usage("it was opened for reading", path());
  if (sealed()) return Status(Failure{StatusCode::kSealed, "write", path(), 0, "the task has ended"});
  // History is JSON: another key could not be told there.
  if (!IsUtf8(key)) return Status::Usage("a key is UTF-8", path());
  return CheckKey(key);
}

Status Region::Set(const Item& item) {
  Status usable = CheckWritable(item.key);
  if (!usable.ok()) return usable;
  if (item.type < ValueType::kString || item.type > ValueType::kRaw) return Status::Usage("an unknown type", path());
  if (item.value.size() > kMaxInlineBytes) return SetInFile(item);
  return Store({Key(item.key), item.type, Place::kInline, 0, item.value.size(), item.value});
}

Status Region::SetInFile(const Item& item) {
  ValueFile file;
  Status made = NewValueFile(&file);
  if (!made.ok()) return made;
  Status written = file.Append(item.value);
  if (!written.ok()) return written;
  return PublishFile(item.key, item.type, &file);
}

Status Region::Delete(std::string_view key, bool* existed) {
  if (existed != nullptr) *existed = false;
  Status usable = CheckWritable(key);
  if (!usable.ok()) return usable;
  Value old;
  Status looked = Get(key, &old);
  if (!looked.ok() || !old.found) return looked;
  if (existed != nullptr) *existed = true;
  return Store({Key(key), ValueType::kDeleted, Place::kInline, 0, 0, {}});
}

Status Region::Seal() {
  if (access_ == Access::kRead) return Status::Usage("it was opened for reading", path());
  writable_header()->state.store(kStateSealed, std::memory_order_release);
  return damaged() ? DamagedStatus() : Status();
}

Status Region::Store(const Draft& draft) {
  const std::uint64_t record_bytes = draft.record_bytes();
  std::uint64_t offset = 0;
  if (access_ != Access::kWrite || record_bytes > kMaxArenaRecord) {
    Status written = WriteRecord(draft, record_bytes, &offset);
    if (!written.ok()) return written;
    return Publish(draft, offset);
  }
  Status reserved = Reserve(record_bytes, &offset);
  if (!reserved.ok()) return reserved;
  std::byte* to = segment().BytesAt(offset);
  draft.FillHeader(reinterpret_cast<RecordHeader*>(to));
  std::memcpy(to + kRecordHeaderBytes, draft.key.text.data(), draft.key.text.size());
  if (!draft.value.empty()) std::memcpy(to + draft.value_offset(), draft.value.data(), draft.value.size());
  return Publish(draft, offset);
}

// One pwrite, which also makes the bytes exist.
Status Region::WriteRecord(const Draft& draft, std::uint64_t record_bytes, std::uint64_t* offset) {
  Status claimed = Claim(record_bytes, offset);
  if (!claimed.ok()) return claimed;
  RecordHeader header;
  draft.FillHeader(&header);
  const std::uint64_t key_end = kRecordHeaderBytes + draft.key.text.size();
  const std::uint64_t value_end = draft.value_offset() + draft.value.size();
  const posix::Piece zeros(kZeros);
  const posix::Piece pieces[] = {std::as_bytes(std::span(&header, 1)), AsBytes(draft.key.text),
                                 zeros.first(draft.value_offset() - key_end), draft.value,
                                 zeros.first(record_bytes - value_end)};
  Status written = posix::WriteAt(target(), *offset, pieces);
  if (written.ok()) {
    extent_.Raise(*offset + record_bytes);
  } else {
    GiveBack(*offset, record_bytes);
  }
  return written;
}

// Every set of a key in a chain makes it longer, also an overwriting one: readers would call a longer one corrupt.
Status Region::CheckChainHasRoom(const Spot& spot) const {
  std::uint32_t count = 0;
  const BrokenRule broken = CountChain(segment(), spot.word, &count);
  if (broken != nullptr) return BrokenStatus(broken);
  if (count < kMaxChainRecords) return {};
  return Status(Failure{StatusCode::kTooLarge, "write", path(), 0, "a chain of keys with equal hashes is full"});
}

// Section 4, steps 4 and 5.
Status Region::Publish(const Draft& draft, std::uint64_t offset) {
  const Segment bytes = segment();
  RecordHeader* record = bytes.HeaderAt(offset);
  std::uint64_t new_sequence = 0;
  std::uint64_t spare_node = 0;
  for (;;) {
    Spot spot;
    const BrokenRule broken = Walk(bytes, draft.key, &spot);
    if (broken != nullptr) return BrokenStatus(broken);
    if (damaged()) return DamagedStatus();
    if (spot.kind == Spot::Kind::kOtherKey && spot.level < kDeepestLevel) {
      Status split = Split(spot, &spare_node);
      if (!split.ok()) return split;
      continue;
    }
    if (spot.level == kDeepestLevel) {
      Status room = CheckChainHasRoom(spot);
      if (!room.ok()) return room;
    }
    const bool repeats = spot.kind == Spot::Kind::kSameKey && spot.record.type != ValueType::kDeleted;
    if (!repeats && new_sequence == 0) {
      new_sequence = writable_header()->next_sequence.fetch_add(1, std::memory_order_relaxed);
    }
    record->sequence = repeats ? spot.record.sequence : new_sequence;
    record->previous = spot.level == kDeepestLevel ? spot.word : 0;
    // Publishes the record; pairs with the acquire load of a walk.
    if (spot.slot->compare_exchange_strong(spot.word, offset, std::memory_order_release, std::memory_order_relaxed)) {
      return damaged() ? DamagedStatus() : Status();
    }
  }
}

// Puts a node between the slot and the other key's record. A swap that fails leaves the node for the next try.
Status Region::Split(const Spot& spot, std::uint64_t* spare_node) {
  const Segment bytes = segment();
  if (*spare_node == 0) {
    Status reserved = Reserve(kNodeBytes, spare_node);
    if (!reserved.ok()) return reserved;
  }
  std::memset(bytes.BytesAt(*spare_node), 0, kNodeBytes);
  const std::uint64_t index = SlotIndex(spot.record.key_hash, spot.level + 1);
  bytes.NodeSlot(*spare_node, index)->store(spot.word, std::memory_order_relaxed);
  std::uint64_t expected = spot.word;
  // Publishes the node; pairs with the acquire load of a walk.
  const bool swapped = spot.slot->compare_exchange_strong(expected, *spare_node | kSlotIsNode,
                                                          std::memory_order_release, std::memory_order_relaxed);
  if (swapped) *spare_node = 0;
  return {};
}

}  // namespace otto
