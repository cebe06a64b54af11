#include <algorithm>

#include "base/hash.h"
#include "image.h"

namespace otto::fuzz {
namespace {

constexpr std::uint64_t kRootSlot = 7;
constexpr int kCandidates = 400000;
constexpr std::size_t kCrowded = 20;

// The order in which the index looks at a hash's bits: keys beside each other share the longest paths.
std::uint64_t PathOf(const std::string& key) {
  const std::uint64_t hash = KeyHash(key);
  std::uint64_t path = 0;
  for (std::uint32_t level = 1; level <= kDeepestLevel; ++level) path = path << kNodeBits | SlotIndex(hash, level);
  return path;
}

std::vector<std::string> Choose() {
  std::vector<std::string> crowded;
  for (int i = 0; i < kCandidates; ++i) {
    std::string key = "k" + std::to_string(i);
    if (SlotIndex(KeyHash(key), 0) == kRootSlot) crowded.push_back(std::move(key));
  }
  std::sort(crowded.begin(), crowded.end(),
            [](const std::string& a, const std::string& b) { return PathOf(a) < PathOf(b); });
  std::vector<std::string> keys(crowded.begin(), crowded.begin() + kCrowded);
  keys.insert(keys.end(), {"a", "key", "gr\xc3\xbc\xc3\x9f", std::string(2048, 'x')});
  return keys;
}

}  // namespace

const std::vector<std::string>& Keys() {
  static const std::vector<std::string> keys = Choose();
  return keys;
}

}  // namespace otto::fuzz
