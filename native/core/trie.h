// Trie: the index of a region (docs/shm-format.md, section 4): walking it, and publishing into it.
//
// Threads: safe from any; lock-free. Crash: see Region.
#pragma once

#include <cstdint>

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
struct Visitor {
  void* context = nullptr;
  bool (*each)(void* context, const Record& record) = nullptr;  // false stops the visit
};
BrokenRule VisitAll(const Segments& segments, const Visitor& visitor);

// Whether the record's hash belongs to its key and leads to the slots at `level` that `path` (a hash) leads to: rule 6.
bool BelongsHere(const Record& record, std::uint64_t path, std::uint32_t level);

}  // namespace otto
