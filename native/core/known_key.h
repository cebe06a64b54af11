// KnownKey: where a key that is asked for again is, and what its record said.
//
// A published record does not change (docs/shm-format.md, section 4), and the slot of a key stays its slot until it
// holds a node. So as long as the slot holds the word that it held when its record was read and checked, the answer is
// the same: one load instead of hashing, walking and checking.
//
// Threads: one. Owns: nothing. It is of one key of one Region, which must be open when it is used.
#pragma once

#include <cstdint>

#include "core/layout.h"
#include "core/region.h"

namespace otto {

// One cache line.
struct alignas(64) KnownKey {
  Slot* slot = nullptr;    // null: nothing is known yet
  std::uint64_t word = 0;  // what the slot held
  Value value = {};        // found, unless nothing is known
  std::uint64_t hash = 0;
  std::uint64_t sequence = 0;

  // Whether the answer still is the same. Pairs with the release of the swap that published it.
  bool Holds() const { return slot != nullptr && slot->load(std::memory_order_acquire) == word; }
};

}  // namespace otto
