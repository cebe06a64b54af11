// What a run may take of shared memory, counted over all its tasks and processes.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "core/value_file.h"
#include "spilling.h"

namespace otto::test {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

class BudgetTest : public ::testing::Test {
 protected:
  static constexpr std::uint64_t kLimit = 8 * kMiB;

  void SetUp() override {
    root_ = NewTemporaryDirectory(RunsParent());
    disk_ = NewTemporaryDirectory("/tmp");
    Begin(disk_ + "/spill");
  }
  void Begin(const std::string& spill_root) {
    ASSERT_OK(
        RunDirectory::Create({.root = root_, .run = "run", .spill_root = spill_root, .budget_bytes = kLimit}, &run_));
    ASSERT_OK(run_.CreateTask("build", {}, &region_));
    const int fd = ::open((run_.path() + std::string("/.budget")).c_str(), O_RDWR | O_CLOEXEC);
    page_ = static_cast<BudgetPage*>(::mmap(nullptr, sizeof(BudgetPage), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    ::close(fd);
    ASSERT_NE(MAP_FAILED, static_cast<void*>(page_));
  }
  void End() {
    region_.Close();
    ::munmap(page_, sizeof(BudgetPage));
    EXPECT_OK(run_.Remove());
  }
  void TearDown() override {
    End();
    RemoveEverything(root_);
    RemoveEverything(disk_);
  }
  Place PlaceOf(std::string_view key) const {
    Value value;
    EXPECT_OK(region_.Get(key, &value));
    EXPECT_TRUE(value.found) << key;
    return value.place;
  }
  std::uint64_t used() const { return page_->used.load(); }

  std::string root_;
  std::string disk_;
  RunDirectory run_;
  Region region_;
  BudgetPage* page_ = nullptr;
};

TEST_F(BudgetTest, CountsValueFilesExactlyAndGivesThemBackWithTheTask) {
  ASSERT_OK(Put(&region_, "a", std::string(2 * kMiB + 1, 'a')));
  ASSERT_OK(Put(&region_, "b", std::string(3 * kMiB, 'b')));
  EXPECT_EQ(5 * kMiB + 1, used());
  EXPECT_EQ(used(), region_.charged_bytes());
  Region other;
  ASSERT_OK(run_.CreateTask("other", {}, &other));
  ASSERT_OK(Put(&other, "c", std::string(2 * kMiB, 'c')));
  EXPECT_EQ(2 * kMiB, other.charged_bytes());
  ASSERT_OK(run_.RemoveTask("build"));
  EXPECT_EQ(2 * kMiB, used());
  ASSERT_OK(run_.RemoveTask("build"));
  EXPECT_EQ(2 * kMiB, used());
  ASSERT_OK(run_.RemoveTask("other"));
  EXPECT_EQ(0u, used());
}

TEST_F(BudgetTest, WhatItRefusesGoesToDiskAndIsNotCounted) {
  ASSERT_OK(Put(&region_, "fits", std::string(6 * kMiB, 'f')));
  ASSERT_OK(Put(&region_, "does not", std::string(3 * kMiB, 'd')));
  EXPECT_EQ(Place::kFile, PlaceOf("fits"));
  EXPECT_EQ(Place::kSpilled, PlaceOf("does not"));
  EXPECT_EQ(std::string(3 * kMiB, 'd'), Fetch(region_, "does not"));
  EXPECT_EQ(6 * kMiB, used());
  ASSERT_OK(Put(&region_, "fits again", std::string(2 * kMiB, 'f')));
  EXPECT_EQ(Place::kFile, PlaceOf("fits again"));
  EXPECT_EQ(kLimit, used());
}

TEST_F(BudgetTest, AStreamIsChargedInStepsAndSettledAtItsEnd) {
  ValueFile file;
  ASSERT_OK(region_.NewValueFile(&file));
  for (int i = 0; i < 3; ++i) ASSERT_OK(file.Append(AsBytes(std::string(1000000, 's'))));
  EXPECT_GE(used(), 3000000u);
  EXPECT_LE(used(), kLimit);
  ASSERT_OK(region_.PublishFile("stream", ValueType::kRaw, &file));
  EXPECT_EQ(3000000u, used());
  EXPECT_EQ(3000000u, region_.charged_bytes());
  EXPECT_EQ(Place::kFile, PlaceOf("stream"));
}

TEST_F(BudgetTest, AStreamThatExceedsItMovesToDiskAndGivesItsChargeBack) {
  ValueFile file;
  ASSERT_OK(region_.NewValueFile(&file));
  std::string whole;
  for (int i = 0; i < 10; ++i) {
    const std::string part(1000000, static_cast<char>('a' + i));
    ASSERT_OK(file.Append(AsBytes(part)));
    whole += part;
  }
  EXPECT_EQ(Place::kSpilled, file.place());
  EXPECT_EQ(0u, used());
  EXPECT_EQ(0u, region_.charged_bytes());
  ASSERT_OK(region_.PublishFile("stream", ValueType::kRaw, &file));
  EXPECT_TRUE(whole == Fetch(region_, "stream"));
}

TEST_F(BudgetTest, AFileOfExactlyTheRestStaysInMemory) {
  const std::string path = disk_ + "/source";
  posix::Descriptor source;
  ASSERT_OK(posix::CreateFile(path.c_str(), &source));
  ASSERT_OK(posix::WriteAll({source.get(), path.c_str()}, AsBytes(std::string(kLimit, 'r'))));
  ASSERT_EQ(0, ::lseek(source.get(), 0, SEEK_SET));
  ValueFile file;
  ASSERT_OK(region_.NewValueFile(&file));
  ASSERT_OK(file.CopyFrom({source.get(), path.c_str()}));
  ASSERT_OK(region_.PublishFile("rest", ValueType::kRaw, &file));
  EXPECT_EQ(Place::kFile, PlaceOf("rest"));
  EXPECT_EQ(kLimit, used());
}

TEST_F(BudgetTest, AFileThatIsGivenUpGivesItsChargeBack) {
  {
    ValueFile file;
    ASSERT_OK(region_.NewValueFile(&file));
    ASSERT_OK(file.Append(AsBytes(std::string(2000000, 'g'))));
    EXPECT_NE(0u, used());
  }
  EXPECT_EQ(0u, used());
  EXPECT_EQ(0u, region_.charged_bytes());
}

TEST_F(BudgetTest, ManySmallValuesAndMiddleSizedOnesCountToo) {
  for (int i = 0; i < 4000; ++i) ASSERT_OK(Put(&region_, "small-" + std::to_string(i), std::string(1000, 's')));
  EXPECT_GT(used(), 3 * kMiB);
  for (int i = 0; i < 30; ++i) ASSERT_OK(Put(&region_, "middle-" + std::to_string(i), std::string(500000, 'm')));
  EXPECT_LE(used(), kLimit);
  EXPECT_EQ(used(), region_.charged_bytes());
  EXPECT_LE(region_.file_bytes(), kLimit + kMiB);
  EXPECT_GT(std::filesystem::file_size(run_.spill_path() + std::string("/build/region.1")), 5 * kMiB);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(std::string(500000, 'm'), Fetch(region_, "middle-" + std::to_string(i)));
}

TEST_F(BudgetTest, WithoutADiskItIsAnErrorThatNamesIt) {
  End();
  Begin("");
  const Status refused = Put(&region_, "key", std::string(kLimit + 1, 'x'));
  EXPECT_EQ(StatusCode::kNoSpace, refused.code());
  EXPECT_NE(std::string::npos, Words(refused).find("budget")) << Words(refused);
  EXPECT_EQ(0u, used());
  EXPECT_EQ((std::vector<std::string>{"inputs", "region"}), NamesIn(region_.task_directory()));
  EXPECT_OK(Put(&region_, "key", std::string(kLimit, 'x')));
}

TEST_F(BudgetTest, ProcessesThatChargeAtOnceLoseNothing) {
  std::vector<pid_t> children;
  for (int p = 0; p < 4; ++p) {
    children.push_back(::fork());
    if (children.back() != 0) continue;
    Region region;
    bool good = Region::Attach(region_.task_directory(), Access::kWriteOnce, &region).ok();
    for (int i = 0; i < 200 && good; ++i) {
      ValueFile file;
      good = region.NewValueFile(&file).ok() && file.Append(AsBytes(std::string(100000, 'c'))).ok();
    }
    ::_exit(good ? 0 : 1);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(child, ::waitpid(child, &status, 0));
    EXPECT_EQ(0, status);
  }
  EXPECT_EQ(0u, used());
  EXPECT_EQ(0u, region_.charged_bytes());
}

TEST_F(BudgetTest, FilesThatOthersWroteAreCountedWhenTheyBecomeValues) {
  const std::string path = region_.task_directory() + std::string("/77-1.value");
  posix::Descriptor file;
  ASSERT_OK(posix::CreateFile(path.c_str(), &file));
  ASSERT_OK(posix::WriteAll({file.get(), path.c_str()}, AsBytes(std::string(kMiB, 'o'))));
  ASSERT_OK(region_.AdoptFile({"key", ValueType::kRaw, "77-1.value"}));
  EXPECT_EQ(kMiB, used());
}

TEST_F(BudgetTest, ADamagedOneIsAnErrorAndNeverACrash) {
  const std::string path = run_.path() + std::string("/.budget");
  ASSERT_OK(Put(&region_, "key", std::string(2 * kMiB, 'x')));
  ASSERT_EQ(0, ::truncate(path.c_str(), 0));
  EXPECT_CODE(kCorrupt, Put(&region_, "other", std::string(2 * kMiB, 'x')));
  EXPECT_OK(Put(&region_, "small", "needs none"));
  Region writer;
  ASSERT_OK(Region::Attach(region_.task_directory(), Access::kWriteOnce, &writer));
  EXPECT_CODE(kCorrupt, Put(&writer, "other", std::string(2 * kMiB, 'x')));
  std::filesystem::remove(path);
  ASSERT_EQ(0, ::symlink("/etc/passwd", path.c_str()));
  ASSERT_OK(Region::Attach(region_.task_directory(), Access::kWriteOnce, &writer));
  EXPECT_CODE(kForeign, Put(&writer, "other", std::string(2 * kMiB, 'x')));
}

TEST_F(BudgetTest, ALyingRegionCannotTakeBackMoreThanIsUsed) {
  ASSERT_OK(Put(&region_, "key", std::string(2 * kMiB, 'x')));
  const int fd = OpenBytes(region_.path());
  const std::uint64_t lie = 100 * kMiB;
  ASSERT_EQ(8, ::pwrite(fd, &lie, sizeof lie, offsetof(RegionHeader, charged)));
  ::close(fd);
  ASSERT_OK(run_.RemoveTask("build"));
  EXPECT_EQ(0u, used());
}

}  // namespace
}  // namespace otto::test
