// KeyCache: where the keys that one thread asked for last are, and what their records said.
//
// A published record does not change (docs/shm-format.md, section 4), and the slot of a key stays its slot until it
// holds a node. So as long as the slot holds the word that it held when its record was read and checked, the answer is
// the same: one load instead of hashing, walking and checking.
//
// Threads: one. Owns: copies of short keys. What it remembers is of one Region, which must be open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/layout.h"
#include "core/region.h"

namespace otto {

// A key in words of eight bytes, the last one filled up with zeros. Words, because bytes that were stored one by one a
// moment ago cannot be loaded together without waiting for them.
struct PaddedKey {
  const std::uint64_t* words = nullptr;
  std::size_t bytes = 0;

  std::size_t word_count() const { return (bytes + 7) / 8; }
  std::string_view text() const { return {reinterpret_cast<const char*>(words), bytes}; }
};

// What is remembered of one key. Two cache lines; what a get of a short key needs comes first.
struct alignas(64) KnownKey {
  static constexpr std::size_t kMaxBytes = 48;

  Slot* slot = nullptr;
  std::uint64_t word = 0;   // what the slot held
  Value value = {};         // found
  std::uint64_t bytes = 0;  // of the key; 0: nothing is remembered
  std::uint64_t words[kMaxBytes / 8] = {};
  std::uint64_t hash = 0;
  std::uint64_t sequence = 0;

  bool Is(const PaddedKey& key) const {
    if (bytes != key.bytes) return false;
    std::uint64_t difference = 0;
    for (std::size_t i = 0; i < key.word_count(); ++i) difference |= words[i] ^ key.words[i];
    return difference == 0;
  }
  // Whether the answer still is the same. Pairs with the release of the swap that published it.
  bool Holds() const { return slot->load(std::memory_order_acquire) == word; }
};

class KeyCache {
 public:
  // What is remembered of the key, good until the next Remember(); null: nothing.
  KnownKey* Find(const PaddedKey& key) {
    if (!CanHold(key)) return nullptr;
    KnownKey* pair = pairs_[PairOf(key)];
    if (pair[0].Is(key)) return &pair[0];
    return pair[1].Is(key) ? &pair[1] : nullptr;
  }

  // Remembers the key, unless it is too long, in place of the older one of the two that share its place.
  void Remember(const PaddedKey& key, const KnownKey& what) {
    if (!CanHold(key)) return;
    KnownKey* pair = pairs_[PairOf(key)];
    if (!pair[0].Is(key)) pair[1] = pair[0];
    pair[0] = what;
    pair[0].bytes = key.bytes;
    for (std::size_t i = 0; i < key.word_count(); ++i) pair[0].words[i] = key.words[i];
  }

 private:
  static constexpr std::size_t kPairs = 128;

  static bool CanHold(const PaddedKey& key) { return key.bytes <= KnownKey::kMaxBytes && key.bytes != 0; }
  static std::size_t PairOf(const PaddedKey& key) {
    std::uint64_t mixed = key.bytes;
    for (std::size_t i = 0; i < key.word_count(); ++i) mixed = (mixed ^ key.words[i]) * 0x9e3779b97f4a7c15ULL;
    return mixed >> 57;
  }

  KnownKey pairs_[kPairs][2];
};

// A key that is asked for through a cache.
struct CachedKey {
  PaddedKey key;
  KeyCache* cache;
};

}  // namespace otto
