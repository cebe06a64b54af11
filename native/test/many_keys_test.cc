// A lookup's cost does not grow with the number of keys: counted in slots that are loaded on the way, not in time. The
// walk here is its own, made from docs/shm-format.md, and looks at what the core has built.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/hash.h"
#include "rig.h"

namespace otto::test {
namespace {

struct Cost {
  double mean = 0;
  std::uint32_t most = 0;
};

class ManyKeysTest : public RunTest {
 protected:
  static std::string KeyOf(unsigned i) { return "key-" + std::to_string(i); }

  void Fill(unsigned from, unsigned to) {
    for (unsigned i = from; i < to; ++i) ASSERT_OK(Put(&region_, KeyOf(i), std::to_string(i)));
  }

  // How many slots are loaded until the key's record is found.
  static std::uint32_t SlotsTo(const std::string& key, const std::byte* base) {
    const std::uint64_t hash = KeyHash(key);
    std::uint64_t table = kRootOffset;
    for (std::uint32_t level = 0;; ++level) {
      const auto* slot = reinterpret_cast<const Slot*>(base + table + 8 * SlotIndex(hash, level));
      const std::uint64_t word = slot->load(std::memory_order_acquire);
      EXPECT_NE(0u, word) << key;
      if ((word & kSlotIsNode) == 0) return level + 1;
      table = word & kSlotOffsetMask;
    }
  }

  Cost Measure(unsigned keys) {
    posix::Mapping mapping;
    const int fd = ::open(region_.path(), O_RDONLY | O_CLOEXEC);
    EXPECT_OK(posix::Mapping::Map({fd, "region", 0, region_.file_bytes(), posix::Protection::kRead}, &mapping));
    ::close(fd);
    Cost cost;
    std::uint64_t sum = 0;
    for (unsigned i = 0; i < keys; ++i) {
      const std::uint32_t slots = SlotsTo(KeyOf(i), mapping.data());
      cost.most = std::max(cost.most, slots);
      sum += slots;
    }
    cost.mean = static_cast<double>(sum) / keys;
    return cost;
  }
};

TEST_F(ManyKeysTest, ALookupAmongAMillionKeysLoadsAsFewSlotsAsEver) {
  unsigned filled = 0;
  for (const unsigned keys : {1000u, 100000u, 1000000u}) {
    Fill(filled, keys);
    filled = keys;
    const Cost cost = Measure(keys);
    EXPECT_LE(cost.mean, 4.0) << keys;
    EXPECT_LE(cost.most, kDeepestLevel) << keys << ": the deepest level is for equal hashes only";
  }
  for (unsigned i = 0; i < filled; i += 7) ASSERT_EQ(std::to_string(i), Fetch(region_, KeyOf(i)));
  const std::vector<std::string> keys = Keys(region_);
  ASSERT_EQ(filled, keys.size());
  for (unsigned i = 0; i < filled; ++i) ASSERT_EQ(KeyOf(i), keys[i]) << "the order in which keys were first set";
}

TEST_F(ManyKeysTest, OverwritingAKeyManyTimesMakesNoLookupLonger) {
  Fill(0, 1000);
  const Cost before = Measure(1000);
  for (unsigned i = 0; i < 200000; ++i) ASSERT_OK(Put(&region_, KeyOf(i % 10), std::to_string(i % 10)));
  const Cost after = Measure(1000);
  EXPECT_EQ(before.mean, after.mean);
  EXPECT_EQ(before.most, after.most);
}

}  // namespace
}  // namespace otto::test
