#include <unistd.h>

#include <atomic>
#include <thread>

#include "in_threads.h"
#include "rig.h"

namespace otto::test {
namespace {

class ThreadsTest : public RunTest {
 protected:
#if defined(__SANITIZE_THREAD__)
  static constexpr int kSets = 1500;
#else
  static constexpr int kSets = 20000;
#endif
};

TEST_F(ThreadsTest, WritersOfOneRegionLoseNothing) {
  InThreads([this](int thread) {
    for (int i = 0; i < kSets; ++i) ASSERT_OK(Put(&region_, Name(thread, i), Name(thread, i)));
  });
  EXPECT_EQ(static_cast<std::size_t>(kThreads * kSets), Keys(region_).size());
  for (int i = 0; i < kSets; ++i) ASSERT_EQ(Name(i % kThreads, i), Fetch(region_, Name(i % kThreads, i)));
}

TEST_F(ThreadsTest, WritersOfTheSameKeysLeaveTheValueOfOneOfThem) {
  InThreads([this](int thread) {
    for (int i = 0; i < kSets; ++i) ASSERT_OK(Put(&region_, "k" + std::to_string(i % 100), std::to_string(thread)));
  });
  EXPECT_EQ(100u, Keys(region_).size());
  for (int i = 0; i < 100; ++i) {
    const std::string value = Fetch(region_, "k" + std::to_string(i));
    EXPECT_TRUE(value.size() == 1 && value[0] >= '0' && value[0] < '0' + kThreads) << value;
  }
}

TEST_F(ThreadsTest, ReadersSeeOldOrNewNeverAMixture) {
  ASSERT_OK(Put(&region_, "key", std::string(300, 'a')));
  std::atomic<bool> done{false};
  std::thread writer([this, &done] {
    for (int i = 0; i < kSets; ++i)
      ASSERT_OK(Put(&region_, "key", std::string(300 + static_cast<unsigned>(i % 7), static_cast<char>('a' + i % 26))));
    done = true;
  });
  int torn = 0;
  do {
    const std::string value = Fetch(region_, "key");
    if (value.size() < 300 || value.find_first_not_of(value[0]) != std::string::npos) ++torn;
  } while (!done);
  writer.join();
  EXPECT_EQ(0, torn);
}

TEST_F(ThreadsTest, SetsAndDeletesAndListsMayMeet) {
  InThreads([this](int thread) {
    GrowableArray<Entry> entries;
    for (int i = 0; i < kSets / 10; ++i) {
      const std::string key = "shared-" + std::to_string(i % 20);
      ASSERT_OK(thread % 2 == 0 ? Put(&region_, key, "v") : region_.Delete(key, nullptr));
      ASSERT_OK(i % 50 == 0 ? region_.List(&entries) : Status());
    }
  });
  EXPECT_LE(Keys(region_).size(), 20u);
}

TEST_F(ThreadsTest, FaultsInManyThreadsAreAllSurvived) {
  ASSERT_OK(Put(&region_, "key", "value"));
  CutOff(region_.path(), 4096);
  InThreads([this](int) {
    Value value;
    for (int i = 0; i < 200; ++i) EXPECT_CODE(kCorrupt, region_.Get("k" + std::to_string(i * 7), &value));
  });
}

}  // namespace
}  // namespace otto::test
