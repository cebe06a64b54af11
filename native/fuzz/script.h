// Script: a fuzz input, read from its first byte to its last; behind the end it is all zeros.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace otto::fuzz {

class Script {
 public:
  explicit Script(std::span<const std::uint8_t> bytes) : left_(bytes) {}

  bool ended() const { return left_.empty(); }

  std::uint8_t Byte() {
    if (left_.empty()) return 0;
    const std::uint8_t byte = left_.front();
    left_ = left_.subspan(1);
    return byte;
  }
  std::uint64_t Below(std::uint64_t limit) { return (std::uint64_t{Byte()} << 8 | Byte()) % limit; }

  // Any number; those that are small, near a power of two or near the end of the range take few bytes.
  std::uint64_t Number() {
    const std::uint8_t kind = Byte();
    const std::uint64_t small = kind >> 3;
    switch (kind & 7) {
      case 0:
        return small;
      case 1:
        return small << 8 | Byte();
      case 2:
        return (std::uint64_t{1} << (2 * small)) + Byte();
      case 3:
        return (std::uint64_t{1} << (2 * small)) - 1 - Byte();
      case 4:
        return ~small;
      case 5:
        return 64 * (small << 8 | Byte());
      case 6:
        return Wide(4);
      default:
        return Wide(8);
    }
  }

 private:
  std::uint64_t Wide(int bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value |= std::uint64_t{Byte()} << (8 * i);
    return value;
  }
  std::span<const std::uint8_t> left_;
};

}  // namespace otto::fuzz
