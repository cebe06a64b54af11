// Values that show whether they are whole, and keys for them.
//
// A value is a head of 32 bytes that names its key, its number and its length, repeated up to that length. So every
// byte of it is known, a piece of any other value or of nothing is seen, and a program in any language can make one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace otto::test::kill {

constexpr std::size_t kHeadBytes = 32;  // also the shortest value

std::string KeyName(std::uint32_t key);

// `length` is at least kHeadBytes.
struct Telling {
  std::uint32_t key = 0;
  std::uint32_t number = 0;
  std::uint32_t length = 0;
};
std::string MakeValue(const Telling& telling);

// The number of a whole value of `key`; 0 (no value has it) when any byte is not what it should be.
std::uint32_t NumberOf(std::uint32_t key, std::span<const std::byte> value);

}  // namespace otto::test::kill
