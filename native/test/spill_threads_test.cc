// Threads of one process that meet at the moment when a region spills.
#include <atomic>
#include <thread>

#include "in_threads.h"
#include "spilling.h"

namespace otto::test {
namespace {

using SpillThreadsTest = Spilling;

TEST_F(SpillThreadsTest, WritersOfOneRegionSpillTogetherAndLoseNothing) {
  constexpr int kSets = 1500;
  InThreads([this](int thread) {
    for (int i = 0; i < kSets; ++i) ASSERT_OK(Put(&region_, Name(thread, i), Name(thread, i) + std::string(400, 'x')));
  });
  EXPECT_EQ(static_cast<std::size_t>(kThreads * kSets), Keys(region_).size());
  const Region reader = Attach(Access::kRead);
  InThreads([&reader](int thread) {
    for (int i = kSets - 1; i >= 0; --i)
      ASSERT_EQ(Name(thread, i) + std::string(400, 'x'), Fetch(reader, Name(thread, i)));
  });
}

TEST_F(SpillThreadsTest, ReadersOpenTheSecondSegmentWhileItIsMade) {
  std::atomic<bool> done{false};
  const Region reader = Attach(Access::kRead);
  std::vector<std::thread> readers;
  for (int r = 0; r < 3; ++r) {
    readers.emplace_back([&reader, &done] {
      do {
        const std::string value = Fetch(reader, "key");
        ASSERT_TRUE(value == "<absent>" || value.find_first_not_of(value[0]) == std::string::npos) << value;
      } while (!done);
    });
  }
  for (int i = 0; i < 4000; ++i) ASSERT_OK(Put(&region_, "key", std::string(900, static_cast<char>('a' + i % 26))));
  done = true;
  for (std::thread& thread : readers) thread.join();
  EXPECT_GE(NamesIn(on_disk()).size(), 1u);
}

TEST_F(SpillThreadsTest, LargeValuesOfManyThreadsSpillToo) {
  InThreads([this](int thread) {
    for (int i = 0; i < 3; ++i)
      ASSERT_OK(Put(&region_, Name(thread, i), std::string(1200000, static_cast<char>('a' + thread))));
  });
  for (int i = 0; i < kThreads * 3; ++i) {
    const int thread = i / 3;
    EXPECT_TRUE(std::string(1200000, static_cast<char>('a' + thread)) == Fetch(region_, Name(thread, i % 3)));
  }
}

}  // namespace
}  // namespace otto::test
