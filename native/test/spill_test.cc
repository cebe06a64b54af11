// What shared memory has no room for lies on disk, and nobody who reads it can tell.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "core/value_file.h"
#include "spilling.h"

namespace otto::test {
namespace {

namespace fs = std::filesystem;

std::string Telling(int i, std::size_t bytes) {
  std::string value = std::to_string(i) + ":";
  value.resize(bytes, static_cast<char>('a' + i % 26));
  return value;
}

class SpillTest : public Spilling, public ::testing::WithParamInterface<Access> {
 protected:
  void SetUp() override {
    Spilling::SetUp();
    writer_ = Attach(GetParam());
  }
  void TearDown() override {
    writer_.Close();
    Spilling::TearDown();
  }
  bool HasSegment() const { return fs::exists(on_disk() + "/region.1"); }

  Region writer_;
};

INSTANTIATE_TEST_SUITE_P(, SpillTest, ::testing::Values(Access::kWriteOnce, Access::kWrite));

TEST_P(SpillTest, SmallValuesGoOnIntoASecondSegment) {
  const Region early = Attach(Access::kRead);
  constexpr int kCount = 8000;
  for (int i = 0; i < kCount; ++i) ASSERT_OK(Put(&writer_, "key-" + std::to_string(i), Telling(i, 300)));
  EXPECT_TRUE(HasSegment());
  const Region late = Attach(Access::kRead);
  for (int i = 0; i < kCount; ++i) {
    ASSERT_EQ(Telling(i, 300), Fetch(early, "key-" + std::to_string(i)));
    ASSERT_EQ(Telling(i, 300), Fetch(late, "key-" + std::to_string(i)));
  }
  const std::vector<std::string> keys = Keys(late);
  ASSERT_EQ(static_cast<std::size_t>(kCount), keys.size());
  for (int i = 0; i < kCount; ++i) ASSERT_EQ("key-" + std::to_string(i), keys[static_cast<std::size_t>(i)]);
}

TEST_P(SpillTest, KeysAreOverwrittenAndDeletedAcrossTheSegments) {
  for (int i = 0; i < 60; ++i) ASSERT_OK(Put(&writer_, "key-" + std::to_string(i), "in memory"));
  FillMemory();
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 60; ++i) ASSERT_OK(Put(&writer_, "key-" + std::to_string(i), Telling(i + round, 100)));
  }
  EXPECT_TRUE(HasSegment());
  EmptyMemory();
  for (int i = 0; i < 60; i += 3) ASSERT_OK(Put(&writer_, "key-" + std::to_string(i), "again"));
  for (int i = 1; i < 60; i += 3) ASSERT_OK(writer_.Delete("key-" + std::to_string(i), nullptr));
  const Region reader = Attach(Access::kRead);
  for (int i = 0; i < 60; ++i) {
    const std::string expected = i % 3 == 0 ? "again" : i % 3 == 1 ? "<absent>" : Telling(i + 39, 100);
    EXPECT_EQ(expected, Fetch(reader, "key-" + std::to_string(i)));
  }
  EXPECT_EQ("key-0", Keys(reader).at(0));
  EXPECT_EQ(40u, Keys(reader).size());
}

TEST_P(SpillTest, AnInlineValueOfTheSecondSegmentMayBeViewed) {
  FillMemory();
  ASSERT_OK(Put(&writer_, "key", std::string(900000, 'm')));
  const Value value = Find(writer_, "key");
  EXPECT_EQ(0u, reinterpret_cast<std::uintptr_t>(value.data) % 64);
  posix::Mapping view;
  ASSERT_OK(writer_.MapValue(value, {100000, 800000}, &view));
  writer_.Close();
  EXPECT_EQ(std::string(800000, 'm'), std::string(reinterpret_cast<const char*>(view.data()), view.size()));
}

TEST_P(SpillTest, ALargeValueGoesToDiskAsAWhole) {
  const std::string large = Telling(1, 5000000);
  ASSERT_OK(Put(&writer_, "large", large));
  const Region reader = Attach(Access::kRead);
  const Value value = Find(reader, "large");
  EXPECT_EQ(Place::kSpilled, value.place);
  EXPECT_EQ(on_disk(), reader.spill_directory().c_str());
  EXPECT_EQ(on_disk(), fs::path(reader.ValueFilePath(value).c_str()).parent_path());
  EXPECT_EQ(large, Fetch(reader, "large"));
  posix::Mapping view;
  ASSERT_OK(reader.MapValue(value, {4999999, 1}, &view));
  EXPECT_EQ((std::vector<std::string>{"inputs", "region"}), NamesIn(task_directory()));
}

TEST_P(SpillTest, AValueGoesToDiskInTheMiddleOfAStream) {
  ValueFile file;
  ASSERT_OK(writer_.NewValueFile(&file));
  const std::string part = Telling(3, 300000);
  std::string whole;
  for (int i = 0; i < 12; ++i) {
    ASSERT_OK(file.Append(AsBytes(part)));
    whole += part;
    ASSERT_TRUE(i > 0 || file.place() == Place::kFile);
  }
  EXPECT_EQ(Place::kSpilled, file.place());
  ASSERT_OK(writer_.PublishFile("key", ValueType::kRaw, &file));
  EXPECT_EQ(whole, Fetch(writer_, "key"));
  EXPECT_EQ((std::vector<std::string>{"inputs", "region"}), NamesIn(task_directory()));
}

TEST_P(SpillTest, NothingOfAPipeIsLostWhenMemoryEndsInTheMiddle) {
  const std::string whole = Telling(5, 7654321);
  int ends[2];
  ASSERT_EQ(0, ::pipe2(ends, O_CLOEXEC));
  const pid_t producer = ::fork();
  if (producer == 0) {
    const Status sent = posix::WriteAll({ends[1], "pipe"}, AsBytes(whole));
    ::_exit(sent.ok() ? 0 : 1);
  }
  ::close(ends[1]);
  ValueFile file;
  ASSERT_OK(writer_.NewValueFile(&file));
  ASSERT_OK(file.CopyFrom({ends[0], "pipe"}));
  ::close(ends[0]);
  int status = 0;
  ASSERT_EQ(producer, ::waitpid(producer, &status, 0));
  ASSERT_OK(writer_.PublishFile("key", ValueType::kRaw, &file));
  EXPECT_EQ(Place::kSpilled, Find(writer_, "key").place);
  EXPECT_TRUE(whole == Fetch(writer_, "key"));
}

TEST_P(SpillTest, NothingOfAFileIsLostWhenMemoryEndsInTheMiddle) {
  const std::string whole = Telling(6, 3000000);
  const std::string path = disk_.path() + "/source";
  posix::Descriptor source;
  ASSERT_OK(posix::CreateFile(path.c_str(), &source));
  ASSERT_OK(posix::WriteAll({source.get(), path.c_str()}, AsBytes(whole)));
  ASSERT_EQ(2500000, ::lseek(source.get(), 2500000, SEEK_SET));
  ValueFile file;
  ASSERT_OK(writer_.NewValueFile(&file));
  // Fits when it is begun, and then does not any more.
  ASSERT_OK(file.Expect(500000));
  FillMemory();
  ASSERT_OK(file.CopyFrom({source.get(), path.c_str()}));
  EXPECT_EQ(Place::kSpilled, file.place());
  ASSERT_OK(writer_.PublishFile("key", ValueType::kRaw, &file));
  EXPECT_TRUE(whole.substr(2500000) == Fetch(writer_, "key"));
}

TEST_P(SpillTest, AFileThatIsGivenUpOnDiskLeavesNothing) {
  {
    ValueFile file;
    ASSERT_OK(writer_.NewValueFile(&file));
    ASSERT_OK(file.Append(AsBytes(std::string(3000000, 'x'))));
    EXPECT_EQ(1u, NamesIn(on_disk()).size());
  }
  EXPECT_EQ(0u, NamesIn(on_disk()).size());
  EXPECT_EQ((std::vector<std::string>{"inputs", "region"}), NamesIn(task_directory()));
}

TEST_P(SpillTest, TheTasksDirectoryOnDiskGoesWithTheTask) {
  ASSERT_OK(Put(&writer_, "large", std::string(5000000, 'x')));
  EXPECT_TRUE(fs::exists(on_disk()));
  ASSERT_OK(run_.RemoveTask("build"));
  EXPECT_FALSE(fs::exists(on_disk()));
}

TEST_P(SpillTest, ManyProcessesSpillAtOnceAndLoseNothing) {
  constexpr int kProcesses = 6;
  constexpr int kSets = 1500;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    children.push_back(::fork());
    if (children.back() != 0) continue;
    Region region;
    bool good =
        Region::Attach(task_directory().c_str(), p % 2 == 0 ? Access::kWrite : Access::kWriteOnce, &region).ok();
    for (int i = 0; i < kSets && good; ++i) {
      good = Put(&region, std::to_string(p) + "/" + std::to_string(i), Telling(i, 200)).ok();
      if (i % 500 == 7) good = good && Put(&region, std::to_string(p) + "/large", Telling(p, 1500000)).ok();
    }
    ::_exit(good ? 0 : 1);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(child, ::waitpid(child, &status, 0));
    EXPECT_EQ(0, status);
  }
  EXPECT_EQ(static_cast<std::size_t>(kProcesses * (kSets + 1)), Keys(writer_).size());
  for (int p = 0; p < kProcesses; ++p) {
    for (int i = 0; i < kSets; i += 7)
      ASSERT_EQ(Telling(i, 200), Fetch(writer_, std::to_string(p) + "/" + std::to_string(i)));
    EXPECT_TRUE(Telling(p, 1500000) == Fetch(writer_, std::to_string(p) + "/large"));
  }
}

class FullDiskTest : public SpillTest {
 protected:
  int disk_kibibytes() const override { return 1024; }
};

INSTANTIATE_TEST_SUITE_P(, FullDiskTest, ::testing::Values(Access::kWriteOnce, Access::kWrite));

TEST_P(FullDiskTest, ASetThatFitsNowhereFailsAndKeepsTheOldValue) {
  ASSERT_OK(Put(&writer_, "key", "old"));
  for (int i = 0; i < 5; ++i) EXPECT_CODE(kNoSpace, Put(&writer_, "key", std::string(4000000, 'n')));
  EXPECT_EQ("old", Fetch(writer_, "key"));
  EXPECT_EQ((std::vector<std::string>{"inputs", "region"}), NamesIn(task_directory()));
  EXPECT_EQ(std::vector<std::string>{}, NamesIn(on_disk()));
  EXPECT_OK(Put(&writer_, "key", std::string(700000, 'f')));
  EXPECT_OK(Put(&writer_, "other", std::string(700000, 'f')));
}

TEST_P(FullDiskTest, SmallValuesFillBothAndStayWhole) {
  int stored = 0;
  Status last;
  for (; stored < 100000; ++stored) {
    last = Put(&writer_, "key-" + std::to_string(stored), Telling(stored, 200));
    if (!last.ok()) break;
  }
  EXPECT_EQ(StatusCode::kNoSpace, last.code()) << Words(last);
  EXPECT_TRUE(HasSegment());
  EXPECT_GT(stored, 1500);
  const Region reader = Attach(Access::kRead);
  for (int i = 0; i < stored; ++i) ASSERT_EQ(Telling(i, 200), Fetch(reader, "key-" + std::to_string(i)));
  EXPECT_EQ(static_cast<std::size_t>(stored), Keys(reader).size());
}

TEST_P(FullDiskTest, AStreamThatFitsNowhereLeavesNothing) {
  {
    ValueFile file;
    ASSERT_OK(writer_.NewValueFile(&file));
    const posix::Descriptor zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
    EXPECT_CODE(kNoSpace, file.CopyFrom({zero.get(), "/dev/zero"}));
  }
  EXPECT_EQ((std::vector<std::string>{"inputs", "region"}), NamesIn(task_directory()));
  EXPECT_EQ(std::vector<std::string>{}, NamesIn(on_disk()));
}

}  // namespace
}  // namespace otto::test
