#include "core/run_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "spilling.h"

namespace otto::test {
namespace {

namespace fs = std::filesystem;

class RunDirectoryTest : public RunTest {
 protected:
  std::string InRun(const std::string& name) const { return std::string(run_.path()) + "/" + name; }
};

std::string Content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

mode_t ModeOf(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(0, ::lstat(path.c_str(), &info)) << path;
  return info.st_mode & 07777;
}

TEST_F(RunDirectoryTest, IsClosedToOthers) {
  EXPECT_EQ(0700u, ModeOf(run_.path()));
  EXPECT_EQ(0700u, ModeOf(InRun("build")));
  EXPECT_EQ(0600u, ModeOf(InRun("build/region")));
  EXPECT_EQ(0600u, ModeOf(InRun(".lock")));
}

TEST_F(RunDirectoryTest, IsLockedForAsLongAsItLives) {
  const int fd = ::open(InRun(".lock").c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(-1, ::flock(fd, LOCK_EX | LOCK_NB));
  run_ = RunDirectory();
  EXPECT_EQ(0, ::flock(fd, LOCK_EX | LOCK_NB));
  ::close(fd);
  RemoveEverything(root_ + "/run-1");
}

TEST_F(RunDirectoryTest, LeavesAnUnlockedDirectoryNeverUnderTheRunsName) {
  EXPECT_TRUE(fs::exists(run_.path()));
  EXPECT_FALSE(fs::exists(root_ + "/.new-run-1"));
}

TEST_F(RunDirectoryTest, WritesTheInputsOfATask) {
  const std::string_view inputs[] = {"build", "fetch:all/x"};
  Region pack;
  ASSERT_OK(run_.CreateTask("pack", inputs, &pack));
  EXPECT_EQ(std::string("build\0fetch:all/x\0", 18), Content(InRun("pack/inputs")));
  EXPECT_EQ("", Content(InRun("build/inputs")));
}

TEST_F(RunDirectoryTest, KeepsHostileTaskNamesInside) {
  for (const std::string& name :
       std::vector<std::string>{"../../escape", "..", "/etc/passwd", ".lock", "a\nb", std::string(500, 'x')}) {
    Region region;
    ASSERT_OK(run_.CreateTask(name, {}, &region));
    EXPECT_EQ(fs::path(run_.path()), fs::path(region.task_directory()).parent_path());
    ASSERT_OK(run_.RemoveTask(name));
  }
  EXPECT_FALSE(fs::exists(root_ + "/../escape"));
}

TEST_F(RunDirectoryTest, TakesTasksNamedLikeItsLock) {
  for (const char* name : {"lock", ".lock"}) {
    Region region;
    ASSERT_OK(run_.CreateTask(name, {}, &region));
    ASSERT_OK(run_.RemoveTask(name));
  }
  EXPECT_TRUE(fs::exists(InRun(".lock")));
}

TEST_F(RunDirectoryTest, RefusesATwiceMadeTaskAndRunAndImpossibleNames) {
  Region region;
  EXPECT_EQ(EEXIST, run_.CreateTask("build", {}, &region).error_number());
  EXPECT_CODE(kUsage, run_.CreateTask("", {}, &region));
  RunDirectory other;
  EXPECT_EQ(EEXIST, RunDirectory::Create({.root = root_, .run = "run-1"}, &other).error_number());
  for (const std::string& name : std::vector<std::string>{"", ".", "..", ".hidden", "a/b", std::string(201, 'x')}) {
    EXPECT_CODE(kUsage, RunDirectory::Create({.root = root_, .run = name}, &other));
  }
  EXPECT_TRUE(fs::exists(run_.path()));
}

TEST_F(RunDirectoryTest, RemovesATaskWithAllThatIsInIt) {
  fs::create_directories(InRun("build/private/deep"));
  std::ofstream(InRun("build/private/deep/file")) << "x";
  ASSERT_EQ(0, ::mkfifo(InRun("build/fifo").c_str(), 0600));
  ASSERT_EQ(0, ::symlink("/etc", InRun("build/link").c_str()));
  ASSERT_OK(run_.RemoveTask("build"));
  ASSERT_OK(run_.RemoveTask("build"));
  EXPECT_FALSE(fs::exists(InRun("build")));
  EXPECT_TRUE(fs::exists("/etc/passwd"));
}

TEST_F(RunDirectoryTest, RemoveLeavesNothingAndMayBeRepeated) {
  ASSERT_OK(run_.Remove());
  ASSERT_OK(run_.Remove());
  EXPECT_TRUE(fs::is_empty(root_));
}

TEST_F(RunDirectoryTest, RefusesARootThatIsALinkOrOpenToOthers) {
  RunDirectory other;
  const std::string open_root = root_ + "/open";
  ASSERT_EQ(0, ::mkdir(open_root.c_str(), 0700));
  ASSERT_EQ(0, ::chmod(open_root.c_str(), 0755));
  EXPECT_CODE(kForeign, RunDirectory::Create({.root = open_root, .run = "run"}, &other));
  EXPECT_EQ(0755u, ModeOf(open_root)) << "it must not be repaired";
  const std::string link = root_ + "/link";
  ASSERT_EQ(0, ::symlink(root_.c_str(), link.c_str()));
  EXPECT_CODE(kForeign, RunDirectory::Create({.root = link, .run = "run"}, &other));
  const std::string file = root_ + "/file";
  std::ofstream(file) << "x";
  EXPECT_CODE(kForeign, RunDirectory::Create({.root = file, .run = "run"}, &other));
  fs::remove(link);
}

// A run with a place on disk.
class SpillingRunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = NewTemporaryDirectory(RunsParent());
    disk_ = NewTemporaryDirectory("/tmp");
  }
  void TearDown() override {
    EXPECT_OK(run_.Remove());
    RemoveEverything(root_);
    RemoveEverything(disk_);
  }
  Status Create(const std::string& root, std::uint64_t budget = ~0ULL) {
    return RunDirectory::Create({.root = root, .run = "run", .spill_root = disk_ + "/spill", .budget_bytes = budget},
                                &run_);
  }

  std::string root_;
  std::string disk_;
  RunDirectory run_;
};

TEST_F(SpillingRunTest, HasAPrivateLockedDirectoryOnDiskThatItsLinkNames) {
  ASSERT_OK(Create(root_, 12345));
  EXPECT_EQ(disk_ + "/spill/run", run_.spill_path());
  EXPECT_FALSE(run_.is_on_disk());
  EXPECT_EQ(run_.spill_path(), fs::read_symlink(run_.path() + std::string("/.spill")).string());
  EXPECT_EQ(0700u, ModeOf(disk_ + "/spill"));
  EXPECT_EQ(0700u, ModeOf(run_.spill_path()));
  const int fd = ::open((run_.spill_path() + std::string("/.lock")).c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(-1, ::flock(fd, LOCK_EX | LOCK_NB));
  ::close(fd);
  const std::string budget = Content(run_.path() + std::string("/.budget"));
  ASSERT_EQ(sizeof(BudgetPage), budget.size());
  EXPECT_EQ(12345u, reinterpret_cast<const BudgetPage*>(budget.data())->limit);
  EXPECT_EQ(0600u, ModeOf(run_.path() + std::string("/.budget")));
  ASSERT_OK(run_.Remove());
  EXPECT_TRUE(fs::is_empty(root_));
  EXPECT_TRUE(fs::is_empty(disk_ + "/spill"));
}

TEST_F(SpillingRunTest, LiesOnDiskAsAWholeWhereThereIsNoSharedMemory) {
  ASSERT_OK(Create(root_ + "/missing/root"));
  EXPECT_TRUE(run_.is_on_disk());
  EXPECT_STREQ(run_.spill_path(), run_.path());
  Region region;
  const std::string_view inputs[] = {"fetch"};
  ASSERT_OK(run_.CreateTask("build", inputs, &region));
  EXPECT_EQ(run_.path() + std::string("/build"), region.task_directory());
  EXPECT_EQ(std::string("fetch\0", 6), Content(run_.path() + std::string("/build/inputs")));
  ASSERT_OK(Put(&region, "key", std::string(2000000, 'x')));
  EXPECT_EQ(std::string(2000000, 'x'), Fetch(region, "key"));
  EXPECT_TRUE(region.spill_directory().empty());
  ASSERT_OK(run_.RemoveTask("build"));
  EXPECT_FALSE(fs::exists(run_.path() + std::string("/build")));
}

TEST_F(SpillingRunTest, AForeignRootIsRefusedAndLeavesNothingOnDisk) {
  ASSERT_EQ(0, ::chmod(root_.c_str(), 0755));
  EXPECT_CODE(kForeign, Create(root_));
  EXPECT_TRUE(fs::is_empty(disk_ + "/spill"));
  ASSERT_EQ(0, ::chmod(root_.c_str(), 0700));
  ASSERT_EQ(0, ::chmod((disk_ + "/spill").c_str(), 0755));
  EXPECT_CODE(kForeign, Create(root_));
  EXPECT_TRUE(fs::is_empty(root_));
}

TEST_F(SpillingRunTest, ATaskThatMemoryHasNoRoomForIsMadeOnDiskAndFoundFromMemory) {
  SmallDisk memory;
  memory.Mount(48);
  ObjectsElsewhere objects;
  if (UsesObjects()) objects.Put(memory.path());
  ASSERT_OK(Create(memory.path() + "/root"));
  Region region;
  ASSERT_OK(run_.CreateTask("build", {}, &region));
  EXPECT_EQ(run_.spill_path() + std::string("/build"), region.task_directory());
  EXPECT_FALSE(fs::exists(run_.path() + std::string("/build")));
  ASSERT_OK(Put(&region, "key", "value"));
  Region reader;
  const std::string looked_for = run_.path() + std::string("/build");
  ASSERT_OK(Region::Attach(looked_for.c_str(), Access::kRead, &reader));
  EXPECT_STREQ(region.task_directory(), reader.task_directory());
  EXPECT_EQ("value", Fetch(reader, "key"));
  EXPECT_EQ(EEXIST, run_.CreateTask("build", {}, &region).error_number());
  ASSERT_OK(run_.RemoveTask("build"));
  EXPECT_FALSE(fs::exists(run_.spill_path() + std::string("/build")));
  EXPECT_EQ(ENOENT, Region::Attach(looked_for.c_str(), Access::kRead, &reader).error_number());
  ASSERT_OK(run_.Remove());
}

TEST_F(SpillingRunTest, ASpillLinkThatLeadsAstrayIsRefused) {
  ASSERT_OK(Create(root_));
  const std::string link = run_.path() + std::string("/.spill");
  const std::string task = run_.path() + std::string("/build");
  Region region;
  for (const std::string& target : {std::string("relative/run"), std::string("/etc"), std::string("/")}) {
    fs::remove(link);
    ASSERT_EQ(0, ::symlink(target.c_str(), link.c_str()));
    EXPECT_CODE(kForeign, Region::Attach(task.c_str(), Access::kRead, &region));
  }
  fs::remove(link);
  std::ofstream(link) << "no link";
  EXPECT_CODE(kForeign, Region::Attach(task.c_str(), Access::kRead, &region));
}

TEST_F(SpillingRunTest, RefusesASpillRootThatIsNotAbsolute) {
  EXPECT_CODE(kUsage, RunDirectory::Create({.root = root_, .run = "run", .spill_root = "spill"}, &run_));
}

}  // namespace
}  // namespace otto::test
