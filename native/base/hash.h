// The key hash of docs/shm-format.md, section 4: FNV-1a finished by MurmurHash3's fmix64.
#pragma once

#include <cstdint>
#include <string_view>

// Tests build the core once more with a mask that makes keys collide. Never defined in a build that is shipped.
#ifndef OTTO_KEY_HASH_MASK
#define OTTO_KEY_HASH_MASK 0xffffffffffffffffULL
#endif

namespace otto {

constexpr std::uint64_t kFnvOffsetBasis = 0xcbf29ce484222325ULL;
constexpr std::uint64_t kFnvPrime = 0x100000001b3ULL;
constexpr std::uint64_t kKeyHashMask = OTTO_KEY_HASH_MASK;

constexpr std::uint64_t KeyHash(std::string_view key) {
  std::uint64_t h = kFnvOffsetBasis;
  for (const char c : key) h = (h ^ static_cast<unsigned char>(c)) * kFnvPrime;
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdULL;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return (h ^ (h >> 33)) & kKeyHashMask;
}

}  // namespace otto
