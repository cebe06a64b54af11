// A file system that is full: a tmpfs of 1 MiB, mounted for these tests.
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/value_file.h"
#include "rig.h"

namespace otto::test {
namespace {

class SpaceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    disk_.Mount(1024);
    ASSERT_OK(RunDirectory::Create({.root = disk_.path() + "/root", .run = "run"}, &run_));
    ASSERT_OK(run_.CreateTask("build", {}, &region_));
  }
  void TearDown() override {
    region_.Close();
    EXPECT_OK(run_.Remove());
  }
  std::size_t FilesOfTask() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(region_.task_directory())) ++count;
    return count;
  }

  SmallDisk disk_;
  RunDirectory run_;
  Region region_;
};

TEST_F(SpaceTest, SmallValuesFillItUpAndLeaveTheOldOnesWhole) {
  int stored = 0;
  Status last;
  for (; stored < 100000; ++stored) {
    last = Put(&region_, "key-" + std::to_string(stored), std::string(200, 's'));
    if (!last.ok()) break;
  }
  EXPECT_EQ(StatusCode::kNoSpace, last.code()) << Words(last);
  EXPECT_GT(stored, 2000);
  for (int i = 0; i < stored; ++i) ASSERT_EQ(std::string(200, 's'), Fetch(region_, "key-" + std::to_string(i)));
  EXPECT_EQ(static_cast<std::size_t>(stored), Keys(region_).size());
}

TEST_F(SpaceTest, AFailedSetKeepsTheOldValueAndTheSpaceOfOthers) {
  ASSERT_OK(Put(&region_, "key", "old"));
  EXPECT_CODE(kNoSpace, Put(&region_, "key", std::string(1000000, 'n')));
  EXPECT_EQ("old", Fetch(region_, "key"));
  for (int i = 0; i < 1000; ++i) EXPECT_CODE(kNoSpace, Put(&region_, "key", std::string(1000000, 'n')));
  EXPECT_OK(Put(&region_, "key", std::string(100000, 'f')));
}

TEST_F(SpaceTest, ALargeValueLeavesNoHalfOfItself) {
  const std::size_t files = FilesOfTask();
  EXPECT_CODE(kNoSpace, Put(&region_, "key", std::string(3000000, 'L')));
  EXPECT_EQ(files, FilesOfTask());
  EXPECT_OK(Put(&region_, "key", std::string(500000, 'f')));
}

TEST_F(SpaceTest, ATaskThatCannotBeMadeLeavesNothing) {
  ASSERT_OK(Put(&region_, "filler", std::string(950000, 'f')));
  Region other;
  EXPECT_CODE(kNoSpace, run_.CreateTask("other", {}, &other));
  EXPECT_FALSE(std::filesystem::exists(std::string(run_.path()) + "/other"));
}

TEST_F(SpaceTest, ASetBeyondAFileSizeLimitIsTooLarge) {
  rlimit old{};
  ASSERT_EQ(0, ::getrlimit(RLIMIT_FSIZE, &old));
  const auto old_handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{100000, old.rlim_max};
  ASSERT_EQ(0, ::setrlimit(RLIMIT_FSIZE, &small));
  EXPECT_CODE(kTooLarge, Put(&region_, "key", std::string(200000, 'x')));
  EXPECT_NE(std::string::npos, Words(Put(&region_, "key", std::string(200000, 'x'))).find("ulimit -f"));
  ASSERT_EQ(0, ::setrlimit(RLIMIT_FSIZE, &old));
  ::signal(SIGXFSZ, old_handler);
  EXPECT_EQ("<absent>", Fetch(region_, "key"));
}

}  // namespace
}  // namespace otto::test
