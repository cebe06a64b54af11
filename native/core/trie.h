// Trie: the index of a region (docs/shm-format.md, section 4): walking it, and publishing into it.
//
// Threads: safe from any; lock-free. Crash: see Region.
#pragma once

#include <cstdint>

#include "base/growable_array.h"
#include "core/segment.h"

namespace otto {

// Where a walk for a key ended.
struct Spot {
  enum class Kind : std::uint8_t { kEmpty, kSameKey, kOtherKey };

  Kind kind = Kind::kEmpty;
  std::uint32_t level = 0;
  Slot* slot = nullptr;
  std::uint64_t word = 0;  // what the slot held; a swap must find it again
  Record record;           // kSameKey: the key's newest record; kOtherKey: the slot's
};

// Follows the key's hash to the slot that holds it, or would.
BrokenRule Walk(const Segments& segments, const Key& key, Spot* spot);

// How many records a chain of the deepest level has.
BrokenRule CountChain(const Segments& segments, std::uint64_t word, std::uint32_t* count);

// Calls each(context, record) for the newest record of every key, deleted ones included, in no particular order.
// kNoMemory: that is what `each` says, too, when it returns false, which stops the visit.
struct Visitor {
  void* context = nullptr;
  bool (*each)(void* context, const Record& record) = nullptr;
};
BrokenRule VisitAll(const Segments& segments, const Visitor& visitor);

// A record of a chain. Newer ones have a lower age.
struct ChainRecord {
  Record record;
  std::uint32_t age = 0;
};

// Leaves the newest record of each key, in no particular order.
void KeepNewest(GrowableArray<ChainRecord>* chain);

// Whether the record's hash belongs to its key and leads to the slots at `level` that `path` (a hash) leads to: rule 6.
bool BelongsHere(const Record& record, std::uint64_t path, std::uint32_t level);

}  // namespace otto
