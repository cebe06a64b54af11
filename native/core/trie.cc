#include "core/trie.h"

#include <algorithm>

#include "base/hash.h"

namespace otto {
namespace {

constexpr BrokenRule kMisplaced = "rule 6: a record is not where its key leads to";
constexpr BrokenRule kEndlessChain = "rule 4: a chain is longer than 65,536 records";

// The bits of a hash that lead to a slot of `level`.
constexpr std::uint64_t PathMask(std::uint32_t level) {
  return (std::uint64_t{1} << (kRootBits + kNodeBits * level)) - 1;
}

// Looks for the key in a chain of the deepest level, behind its first record.
BrokenRule WalkChain(const Segments& segments, const Key& key, Spot* spot) {
  Record record = spot->record;
  for (std::uint32_t seen = 1; record.previous != 0; ++seen) {
    if (seen >= kMaxChainRecords) return kEndlessChain;
    if (BrokenRule broken = segments.ReadRecord(record.previous, &record); broken != nullptr) return broken;
    if (record.Has(key)) {
      spot->kind = Spot::Kind::kSameKey;
      spot->record = record;
      return nullptr;
    }
    if (!BelongsHere(record, key.hash, kDeepestLevel)) return kMisplaced;
  }
  return nullptr;
}

class Visit {
 public:
  Visit(const Segments& segments, const Visitor& visitor) : segments_(segments), visitor_(visitor) {}

  BrokenRule Slots(const Slot* first, std::uint64_t count, std::uint32_t level) {
    for (std::uint64_t i = 0; i < count; ++i) {
      if (level == 0) path_ = i;
      if (level > 0) path_ = (path_ & PathMask(level - 1)) | i << (kRootBits + kNodeBits * (level - 1));
      const std::uint64_t word = first[i].load(std::memory_order_acquire);
      if (BrokenRule broken = SlotWord(word, level); broken != nullptr) return broken;
    }
    return nullptr;
  }

 private:
  BrokenRule SlotWord(std::uint64_t word, std::uint32_t level) {
    if (word == 0) return nullptr;
    if (level == kDeepestLevel) return Chain(word);
    if ((word & kSlotIsNode) == 0) return Single(word, level);
    Slot* node = nullptr;
    if (BrokenRule broken = segments_.CheckNode(word, &node); broken != nullptr) return broken;
    // Nodes that are shared or point to themselves would make the visit endless; honest ones are reached once.
    if (!segments_.CanHold(++nodes_ * kNodeBytes)) return "rule 4: nodes lead to each other";
    const std::uint64_t path = path_;
    BrokenRule broken = Slots(node, std::uint64_t{1} << kNodeBits, level + 1);
    path_ = path;
    return broken;
  }

  BrokenRule Single(std::uint64_t word, std::uint32_t level) {
    Record record;
    if (BrokenRule broken = segments_.ReadRecord(word, &record); broken != nullptr) return broken;
    if (!BelongsHere(record, path_, level)) return kMisplaced;
    return Tell(record);
  }

  // Of each key the first record of the chain counts.
  BrokenRule Chain(std::uint64_t first) {
    chain_.Clear();
    for (std::uint64_t word = first; word != 0;) {
      ChainRecord next;
      next.age = static_cast<std::uint32_t>(chain_.size());
      if (next.age >= kMaxChainRecords) return kEndlessChain;
      if (BrokenRule broken = segments_.ReadRecord(word, &next.record); broken != nullptr) return broken;
      if (!BelongsHere(next.record, path_, kDeepestLevel)) return kMisplaced;
      if (!chain_.Append(next)) return kNoMemory;
      word = next.record.previous;
    }
    KeepNewest(&chain_);
    for (const ChainRecord& newest : chain_) {
      if (BrokenRule told = Tell(newest.record); told != nullptr) return told;
    }
    return nullptr;
  }

  BrokenRule Tell(const Record& record) { return visitor_.each(visitor_.context, record) ? nullptr : kNoMemory; }

  const Segments& segments_;
  const Visitor& visitor_;
  std::uint64_t path_ = 0;
  std::uint64_t nodes_ = 0;
  GrowableArray<ChainRecord> chain_;
};

}  // namespace

// By sorting: somebody can make a chain of as many keys as it may have records, and comparing each with each takes
// seconds. As a heap: the keys lie in the region, where a hostile process can change them meanwhile, and std::sort
// leaves its array when an order contradicts itself.
void KeepNewest(GrowableArray<ChainRecord>* chain) {
  GrowableArray<ChainRecord>& records = *chain;
  if (records.size() < 2) return;
  const auto before = [](const ChainRecord& a, const ChainRecord& b) {
    const int order = a.record.key.compare(b.record.key);
    return order != 0 ? order < 0 : a.age < b.age;
  };
  std::make_heap(records.begin(), records.end(), before);
  std::sort_heap(records.begin(), records.end(), before);
  std::size_t kept = 1;
  for (std::size_t i = 1; i < records.size(); ++i) {
    if (records[i].record.key != records[kept - 1].record.key) records[kept++] = records[i];
  }
  records.Truncate(kept);
}

bool BelongsHere(const Record& record, std::uint64_t path, std::uint32_t level) {
  if (((record.key_hash ^ path) & PathMask(level)) != 0) return false;
  return KeyHash(record.key) == record.key_hash;
}

BrokenRule Walk(const Segments& segments, const Key& key, Spot* spot) {
  spot->slot = segments.RootSlot(key.hash);
  spot->word = spot->slot->load(std::memory_order_acquire);
  spot->level = 0;
  while ((spot->word & kSlotIsNode) != 0) {
    Slot* node = nullptr;
    if (spot->level == kDeepestLevel) return "rule 4: a node below the deepest level";
    if (BrokenRule broken = segments.CheckNode(spot->word, &node); broken != nullptr) return broken;
    ++spot->level;
    spot->slot = node + SlotIndex(key.hash, spot->level);
    spot->word = spot->slot->load(std::memory_order_acquire);
  }
  spot->kind = Spot::Kind::kEmpty;
  if (spot->word == 0) return nullptr;
  if (BrokenRule broken = segments.ReadRecord(spot->word, &spot->record); broken != nullptr) return broken;
  if (spot->record.Has(key)) {
    spot->kind = Spot::Kind::kSameKey;
    return nullptr;
  }
  if (!BelongsHere(spot->record, key.hash, spot->level)) return kMisplaced;
  spot->kind = Spot::Kind::kOtherKey;
  return spot->level == kDeepestLevel ? WalkChain(segments, key, spot) : nullptr;
}

BrokenRule CountChain(const Segments& segments, std::uint64_t word, std::uint32_t* count) {
  for (*count = 0; word != 0; ++*count) {
    Record record;
    if (*count >= kMaxChainRecords) return kEndlessChain;
    if (BrokenRule broken = segments.ReadRecord(word, &record); broken != nullptr) return broken;
    word = record.previous;
  }
  return nullptr;
}

BrokenRule VisitAll(const Segments& segments, const Visitor& visitor) {
  return Visit(segments, visitor).Slots(segments.RootSlots(), std::uint64_t{1} << kRootBits, 0);
}

}  // namespace otto
