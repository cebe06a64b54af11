#include "telling_value.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace otto::test::kill {
namespace {

struct Head {
  explicit Head(const Telling& t) {
    const unsigned check = (t.key * 31 + t.number * 17 + t.length * 7) & 0xffff;
    std::snprintf(text, sizeof text, "%08x:%08x:%08x:%04x|", t.key, t.number, t.length, check);
  }
  char text[kHeadBytes + 1];
};

}  // namespace

std::string KeyName(std::uint32_t key) {
  return "key-" + std::to_string(key);
}

std::string MakeValue(const Telling& telling) {
  const Head head(telling);
  std::string value(telling.length, '\0');
  std::size_t filled = std::min(value.size(), kHeadBytes);
  std::memcpy(value.data(), head.text, filled);
  for (; filled < value.size(); filled *= 2) {
    std::memcpy(value.data() + filled, value.data(), std::min(filled, value.size() - filled));
  }
  return value;
}

std::uint32_t NumberOf(std::uint32_t key, std::span<const std::byte> value) {
  if (value.size() < kHeadBytes) return 0;
  char digits[9] = {};
  std::memcpy(digits, value.data() + 9, 8);
  const Telling claimed{key, static_cast<std::uint32_t>(std::strtoul(digits, nullptr, 16)),
                        static_cast<std::uint32_t>(value.size())};
  if (std::memcmp(value.data(), Head(claimed).text, kHeadBytes) != 0) return 0;
  const bool repeats = std::memcmp(value.data() + kHeadBytes, value.data(), value.size() - kHeadBytes) == 0;
  return repeats ? claimed.number : 0;
}

}  // namespace otto::test::kill
