#include <cstring>

#include "core/known_key.h"
#include "core/region.h"
#include "core/region_draft.h"
#include "core/step.h"
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

Status Region::CheckSettable(std::string_view key, ValueType type) const {
  if (type < ValueType::kString || type > ValueType::kRaw) return Status::Usage("an unknown type", path());
  return CheckWritable(key);
}

Status Region::Set(const Item& item) {
  Status usable = CheckSettable(item.key, item.type);
  if (!usable.ok()) return usable;
  if (item.value.size() > kMaxInlineBytes) return SetInFile(item);
  return Store({Key(item.key), item.type, Place::kInline, 0, item.value.size(), item.value});
}

// A key that is known has been checked.
Status Region::Set(const Item& item, KnownKey* known) {
  if (known->slot == nullptr || !can_write() || sealed()) {
    Status usable = CheckSettable(item.key, item.type);
    if (!usable.ok()) return usable;
  }
  if (item.type < ValueType::kString || item.type > ValueType::kRaw) return Status::Usage("an unknown type", path());
  if (item.value.size() > kMaxInlineBytes) return SetInFile(item);
  const Key key = known->slot == nullptr ? Key(item.key) : Key(item.key, known->hash);
  return Store({key, item.type, Place::kInline, 0, item.value.size(), item.value, known});
}

Status Region::SetInFile(const Item& item) {
  ValueFile file;
  Status made = WriteValueFile(item.value, &file);
  return made.ok() ? PublishFile(item.key, item.type, &file) : static_cast<Status&&>(made);
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
  At(Step::kBeforeSeal);
  writable_header()->state.store(kStateSealed, std::memory_order_release);
  At(Step::kAfterSeal);
  return damaged() ? DamagedStatus() : Status();
}

Status Region::Store(const Draft& draft) {
  if (access_ == Access::kWrite && draft.record_bytes() <= kMaxArenaRecord) return StoreInReserved(draft);
  Room room;
  Status status = WriteRecord(draft, &room);
  if (!status.ok()) return status;
  status = Publish(draft, room);
  // Other failures may come after the record was published.
  if (status.code() == StatusCode::kNoSpace || status.code() == StatusCode::kTooLarge) GiveBack(room);
  return status;
}

Status Region::StoreInReserved(const Draft& draft) {
  Room room;
  Status reserved = Reserve(draft.record_bytes(), &room);
  if (!reserved.ok()) return reserved;
  std::byte* to = room.data();
  draft.FillHeader(reinterpret_cast<RecordHeader*>(to));
  At(Step::kHeaderWritten);
  std::memcpy(to + kRecordHeaderBytes, draft.key.text.data(), draft.key.text.size());
  At(Step::kKeyWritten);
  if (!draft.value.empty()) std::memcpy(to + draft.value_offset(), draft.value.data(), draft.value.size());
  At(Step::kValueWritten);
  return Publish(draft, room);
}

Status Region::WriteRecord(const Draft& draft, Room* room) {
  Status written = WriteRecordIn(&main_, draft, room);
  if (written.ok()) return written;
  SegmentFile* spilled = nullptr;
  written = SpilledSegment(static_cast<Status&&>(written), &spilled);
  return written.ok() ? WriteRecordIn(spilled, draft, room) : static_cast<Status&&>(written);
}

// One pwrite, which also makes the bytes exist.
Status Region::WriteRecordIn(SegmentFile* file, const Draft& draft, Room* room) {
  const std::uint64_t record_bytes = draft.record_bytes();
  Status status = ClaimCharged(file, record_bytes, room);
  if (!status.ok()) return status;
  RecordHeader header;
  draft.FillHeader(&header);
  const std::uint64_t key_end = kRecordHeaderBytes + draft.key.text.size();
  const std::uint64_t value_end = draft.value_offset() + draft.value.size();
  const posix::Piece zeros(kZeros);
  const posix::Piece pieces[] = {std::as_bytes(std::span(&header, 1)), AsBytes(draft.key.text),
                                 zeros.first(draft.value_offset() - key_end), draft.value,
                                 zeros.first(record_bytes - value_end)};
  status = file->storage().Write(room->offset, pieces);
  if (status.ok()) {
    At(Step::kRecordWritten);
  } else {
    GiveBack(*room);
  }
  return status;
}

// Every set of a key in a chain makes it longer, also an overwriting one: readers would call a longer one corrupt.
Status Region::CheckChainHasRoom(const Spot& spot) const {
  std::uint32_t count = 0;
  const BrokenRule broken = CountChain(segments(), spot.word, &count);
  if (broken != nullptr) return BrokenStatus(broken);
  if (count < kMaxChainRecords) return {};
  return Status(Failure{StatusCode::kTooLarge, "write", path(), 0, "a chain of keys with equal hashes is full"});
}

// As long as the slot holds what is known no walk is needed.
bool Region::PublishKnown(const Draft& draft, const Room& room) {
  auto* record = reinterpret_cast<RecordHeader*>(room.data());
  record->sequence = draft.known->sequence;
  record->previous = 0;
  At(Step::kBeforeRecordSwap);
  std::uint64_t expected = draft.known->word;
  // Publishes the record; pairs with the acquire load of a walk.
  return draft.known->slot->compare_exchange_strong(expected, room.word(), std::memory_order_release,
                                                    std::memory_order_relaxed);
}

// Section 4, steps 4 and 5.
Status Region::Publish(const Draft& draft, const Room& room) {
  if (draft.known != nullptr && draft.known->slot != nullptr && PublishKnown(draft, room)) {
    At(Step::kAfterRecordSwap);
    Describe(draft, room, draft.known);
    return damaged() ? DamagedStatus() : Status();
  }
  const Segments bytes = segments();
  auto* record = reinterpret_cast<RecordHeader*>(room.data());
  std::uint64_t new_sequence = 0;
  Room spare_node;
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
      Status has_room = CheckChainHasRoom(spot);
      if (!has_room.ok()) return has_room;
    }
    const bool repeats = spot.kind == Spot::Kind::kSameKey && spot.record.type != ValueType::kDeleted;
    if (!repeats && new_sequence == 0) {
      new_sequence = writable_header()->next_sequence.fetch_add(1, std::memory_order_relaxed);
      At(Step::kSequenceTaken);
    }
    record->sequence = repeats ? spot.record.sequence : new_sequence;
    record->previous = spot.level == kDeepestLevel ? spot.word : 0;
    At(Step::kBeforeRecordSwap);
    // Publishes the record; pairs with the acquire load of a walk.
    if (spot.slot->compare_exchange_strong(spot.word, room.word(), std::memory_order_release,
                                           std::memory_order_relaxed)) {
      At(Step::kAfterRecordSwap);
      if (draft.known != nullptr && spot.level < kDeepestLevel) Learn(draft, room, spot.slot);
      return damaged() ? DamagedStatus() : Status();
    }
  }
}

// What was just published, for the next get or set of its key.
void Region::Describe(const Draft& draft, const Room& room, KnownKey* known) {
  known->word = room.word();
  known->value.type = draft.type;
  known->value.place = draft.place;
  known->value.bytes = draft.value_bytes;
  known->value.data = room.data() + draft.value_offset();
}

void Region::Learn(const Draft& draft, const Room& room, Slot* slot) {
  KnownKey* known = draft.known;
  known->slot = slot;
  known->hash = draft.key.hash;
  known->sequence = reinterpret_cast<const RecordHeader*>(room.data())->sequence;
  known->value.found = true;
  Describe(draft, room, known);
}

// Puts a node between the slot and the other key's record. A swap that fails leaves the node for the next try.
Status Region::Split(const Spot& spot, Room* spare_node) {
  if (spare_node->file == nullptr) {
    Status reserved = Reserve(kNodeBytes, spare_node);
    if (!reserved.ok()) return reserved;
  }
  std::memset(spare_node->data(), 0, kNodeBytes);
  auto* slots = reinterpret_cast<Slot*>(spare_node->data());
  slots[SlotIndex(spot.record.key_hash, spot.level + 1)].store(spot.word, std::memory_order_relaxed);
  At(Step::kNodeWritten);
  std::uint64_t expected = spot.word;
  At(Step::kBeforeNodeSwap);
  // Publishes the node; pairs with the acquire load of a walk.
  const bool swapped = spot.slot->compare_exchange_strong(expected, spare_node->word() | kSlotIsNode,
                                                          std::memory_order_release, std::memory_order_relaxed);
  At(Step::kAfterNodeSwap);
  if (swapped) *spare_node = {};
  return {};
}

}  // namespace otto
