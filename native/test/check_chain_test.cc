// CheckRegion where keys collide: built with a hash whose bits 12 to 59 are 0, as collision_test.cc.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "base/hash.h"
#include "core/check.h"
#include "rig.h"

namespace otto::test {
namespace {

static_assert(kKeyHashMask == 0xf000000000000fffULL);

class CheckChainTest : public RunTest {
 protected:
  void SetUp() override {
    RunTest::SetUp();
    for (int i = 0; keys_.size() < 6; ++i) {
      const std::string key = "k" + std::to_string(i);
      if (SlotIndex(KeyHash(key), 0) == 7) keys_.push_back(key);
    }
    for (const std::string& key : keys_) ASSERT_OK(Put(&region_, key, "value"));
  }
  Status Check() { return CheckRegion(task_directory().c_str(), &report_); }
  // The region's file as others can change it.
  std::byte* Map() const {
    const int fd = ::open(region_.path(), O_RDWR | O_CLOEXEC);
    void* mapped = ::mmap(nullptr, kInitialBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    EXPECT_NE(MAP_FAILED, mapped);
    return static_cast<std::byte*>(mapped);
  }

  std::vector<std::string> keys_;
  CheckReport report_;
};

TEST_F(CheckChainTest, CountsTheNewestRecordOfEachKey) {
  ASSERT_OK(Check());
  EXPECT_EQ(6u, report_.keys);
  const std::uint64_t unused = report_.unused_bytes;
  ASSERT_OK(Put(&region_, keys_[1], "longer value"));
  ASSERT_OK(region_.Delete(keys_[4], nullptr));
  ASSERT_OK(Check());
  EXPECT_EQ(5u, report_.keys);
  EXPECT_EQ(4 * 5u + 12, report_.value_bytes);
  EXPECT_EQ(unused + 128, report_.unused_bytes) << "the deleted value; the overwriting one took as much as it left";
}

TEST_F(CheckChainTest, FindsARecordOfAnotherChainAndAnEndlessOne) {
  std::byte* bytes = Map();
  const auto* slots = reinterpret_cast<std::uint64_t*>(bytes + kRootOffset);
  std::uint64_t word = slots[7];
  for (std::uint32_t level = 1; level <= kDeepestLevel; ++level) {
    ASSERT_EQ(kSlotIsNode, word & kSlotIsNode);
    const auto* node = reinterpret_cast<std::uint64_t*>(bytes + (word & kSlotOffsetMask));
    word = *std::find_if(node, node + 64, [](std::uint64_t slot) { return slot != 0; });
  }
  auto* first = reinterpret_cast<RecordHeader*>(bytes + word);
  const std::uint64_t previous = first->previous;
  ASSERT_NE(0u, previous);
  first->previous = word;
  EXPECT_CODE(kCorrupt, Check());
  first->previous = previous | kSlotIsNode;
  EXPECT_CODE(kCorrupt, Check());
  first->previous = previous;
  EXPECT_OK(Check());
  first->key_hash ^= 1;
  EXPECT_CODE(kCorrupt, Check());
  ::munmap(bytes, kInitialBytes);
}

TEST_F(CheckChainTest, ManyKeysInManyChains) {
  for (int i = 0; i < 5000; ++i) ASSERT_OK(Put(&region_, "n" + std::to_string(i), std::to_string(i)));
  ASSERT_OK(Check());
  EXPECT_EQ(5006u, report_.keys);
}

}  // namespace
}  // namespace otto::test
