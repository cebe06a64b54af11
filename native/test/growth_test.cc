// A region that grows from 64 KiB to 8 GiB under eight processes that have it mapped, and values beyond the limits of
// 32-bit numbers. The files are sparse: bytes that nobody looks at take no memory.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "core/value_file.h"
#include "rig.h"

namespace otto::test {
namespace {

constexpr std::uint64_t kGiB = 1ULL << 30;
constexpr int kReaders = 8;
// Where the tail is moved to before each stage, as a writer would that had reserved all the bytes before.
constexpr std::uint64_t kStages[] = {kFirstFree,    1 << 20,       100 << 20,    kGiB - 64,
                                     kGiB * 2 - 64, kGiB * 4 - 64, kGiB * 8 - 64};

std::string KeyOf(std::size_t stage, bool large) {
  return (large ? "large-" : "small-") + std::to_string(stage);
}

std::string ValueOf(std::size_t stage, bool large) {
  return std::string(large ? 900000 + stage : 20 + stage, static_cast<char>('a' + stage));
}

class GrowthTest : public RunTest {
 protected:
  // Stores to the header, as any writer does.
  void MoveTailTo(std::uint64_t tail) {
    posix::Mapping header;
    const int fd = ::open(region_.path(), O_RDWR | O_CLOEXEC);
    ASSERT_OK(posix::Mapping::Map({fd, region_.path(), 0, kHeaderBytes, posix::Protection::kReadWrite}, &header));
    ::close(fd);
    auto& current = reinterpret_cast<RegionHeader*>(header.data())->tail;
    ASSERT_LE(current.load(), tail);
    current.store(tail);
  }

  void FillStage(std::size_t stage) {
    MoveTailTo(std::max(kStages[stage], TailNow()));
    Region fresh = Attach(Access::kWriteOnce);  // has nothing reserved at an earlier place
    for (const bool large : {false, true}) ASSERT_OK(Put(&fresh, KeyOf(stage, large), ValueOf(stage, large)));
  }

  std::uint64_t TailNow() const {
    std::uint64_t tail = 0;
    const int fd = ::open(region_.path(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(8, ::pread(fd, &tail, 8, offsetof(RegionHeader, tail)));
    ::close(fd);
    return tail;
  }
};

// What a reader has seen of one value, for ever: the bytes must stay where they are.
struct Kept {
  const std::byte* data = nullptr;
  posix::Mapping view;
};

// Looks at all values up to `stage` through one mapping that was made when the region was new. 0: all is well.
int LookAgain(const Region& region, std::size_t stage, std::vector<Kept>* kept) {
  for (const bool large : {false, true}) {
    Value value;
    if (!region.Get(KeyOf(stage, large), &value).ok() || !value.found) return 1;
    Kept& keep = kept->emplace_back();
    keep.data = value.data;
    if (!region.MapValue(value, {0, value.bytes}, &keep.view).ok()) return 2;
  }
  for (std::size_t i = 0; i < kept->size(); ++i) {
    const std::string expected = ValueOf(i / 2, i % 2 == 1);
    Value value;
    if (!region.Get(KeyOf(i / 2, i % 2 == 1), &value).ok()) return 3;
    const Kept& keep = (*kept)[i];
    if (value.data != keep.data) return 4;  // a pointer has moved
    if (std::memcmp(keep.data, expected.data(), expected.size()) != 0) return 5;
    if (std::memcmp(keep.view.data(), expected.data(), expected.size()) != 0) return 6;
  }
  return region.damaged() ? 7 : 0;
}

TEST_F(GrowthTest, EightMappedReadersSeeARegionGrowToEightGigabytesAndNoPointerMoves) {
  int orders[kReaders][2];
  int answers[2];
  ASSERT_EQ(0, ::pipe(answers));
  std::vector<pid_t> children;
  for (auto& order : orders) {
    ASSERT_EQ(0, ::pipe(order));
    children.push_back(::fork());
    if (children.back() != 0) continue;
    const Region region = Attach(Access::kRead);
    std::vector<Kept> kept;
    for (unsigned char stage = 0; ::read(order[0], &stage, 1) == 1 && stage < std::size(kStages);) {
      const auto result = static_cast<unsigned char>(LookAgain(region, stage, &kept));
      if (::write(answers[1], &result, 1) != 1) break;
    }
    ::_exit(0);
  }
  for (unsigned char stage = 0; stage < std::size(kStages) && !HasFailure(); ++stage) {
    FillStage(stage);
    for (auto& order : orders) ASSERT_EQ(1, ::write(order[1], &stage, 1));
    for (int reader = 0; reader < kReaders; ++reader) {
      unsigned char result = 99;
      ASSERT_EQ(1, ::read(answers[0], &result, 1));
      EXPECT_EQ(0, result) << "stage " << int{stage};
    }
  }
  constexpr unsigned char kEnd = 255;
  for (auto& order : orders) ASSERT_EQ(1, ::write(order[1], &kEnd, 1));
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(child, ::waitpid(child, &status, 0));
    EXPECT_EQ(0, status);
  }
  EXPECT_GT(region_.file_bytes(), 8 * kGiB);
  EXPECT_EQ(2 * std::size(kStages), Keys(region_).size());
}

// A sparse value with marks at its ends and around the places where 31 and 32 bits end.
class HugeValueTest : public RunTest, public ::testing::WithParamInterface<std::uint64_t> {
 protected:
  static std::vector<std::uint64_t> Marks() {
    std::vector<std::uint64_t> marks;
    for (const std::uint64_t at : {std::uint64_t{0}, 2 * kGiB - 1, 2 * kGiB, 4 * kGiB - 1, 4 * kGiB, GetParam() - 1}) {
      if (at < GetParam()) marks.push_back(at);
    }
    return marks;
  }
  void MakeFile(const std::string& name) const {
    const std::string path = task_directory() + "/" + name;
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ASSERT_EQ(0, ::ftruncate(fd, static_cast<off_t>(GetParam())));
    for (const std::uint64_t at : Marks()) ASSERT_EQ(1, ::pwrite(fd, "M", 1, static_cast<off_t>(at)));
    ::close(fd);
  }
  void ExpectWhole(const Region& region, std::string_view key) const {
    Value value;
    ASSERT_OK(region.Get(key, &value));
    ASSERT_TRUE(value.found);
    ASSERT_EQ(GetParam(), value.bytes);
    posix::Mapping view;
    ASSERT_OK(region.MapValue(value, {0, value.bytes}, &view));
    ASSERT_EQ(GetParam(), view.size());
    for (const std::uint64_t at : Marks()) {
      EXPECT_EQ(std::byte{'M'}, view.data()[at]) << at;
      std::byte read{};
      EXPECT_OK(region.Read(value, at, {&read, 1}));
      EXPECT_EQ(std::byte{'M'}, read) << at;
      posix::Mapping part;
      ASSERT_OK(region.MapValue(value, {at, 1}, &part));
      EXPECT_EQ(std::byte{'M'}, part.data()[0]) << at;
    }
    std::byte beyond[2];
    EXPECT_CODE(kUsage, region.Read(value, GetParam() - 1, beyond));
    EXPECT_CODE(kUsage, region.MapValue(value, {GetParam(), 1}, &view));
  }
};

TEST_P(HugeValueTest, AnAdoptedFileIsTheValue) {
  MakeFile("big");
  ASSERT_OK(region_.AdoptFile({"key", ValueType::kBytes, "big"}));
  ExpectWhole(Attach(Access::kRead), "key");
}

TEST_P(HugeValueTest, APublishedFileIsTheValueAndCanBePassedOn) {
  std::uint64_t number = 0;
  ASSERT_OK(region_.TakeFileNumber(&number));
  MakeFile(ValueFileName(number).text);
  ASSERT_OK(region_.PublishNumbered("key", ValueType::kBytes, number));
  Region other;
  ASSERT_OK(run_.CreateTask("other", {}, &other));
  ASSERT_OK(other.Forward({"passed on", region_, "key"}));
  ASSERT_OK(run_.RemoveTask("build"));
  ExpectWhole(other, "passed on");
}

#if defined(OTTO_MMAP_GET)
TEST_P(HugeValueTest, TheHelperWritesAllOfItIntoAPipe) {
  MakeFile("big");
  ASSERT_OK(region_.AdoptFile({"key", ValueType::kBytes, "big"}));
  ::setenv("OTTO_SHM_DIR", run_.path(), 1);
  ::setenv("OTTO_TASK", "build", 1);
  FILE* pipe = ::popen(OTTO_MMAP_GET " build key", "r");
  ASSERT_NE(nullptr, pipe);
  const std::vector<std::uint64_t> marks = Marks();
  std::vector<char> bytes(1 << 20);
  std::uint64_t total = 0;
  std::size_t marks_seen = 0;
  for (ssize_t count = 0; (count = ::read(::fileno(pipe), bytes.data(), bytes.size())) > 0;) {
    const auto length = static_cast<std::uint64_t>(count);
    for (const std::uint64_t at : marks) {
      if (at >= total && at - total < length && bytes[at - total] == 'M') ++marks_seen;
    }
    total += length;
  }
  EXPECT_EQ(0, ::pclose(pipe));
  EXPECT_EQ(GetParam(), total);
  EXPECT_EQ(marks.size(), marks_seen);
}
#endif

INSTANTIATE_TEST_SUITE_P(Around, HugeValueTest,
                         ::testing::Values(2 * kGiB - 1, 2 * kGiB, 2 * kGiB + 1, 4 * kGiB - 1, 4 * kGiB, 4 * kGiB + 1));

}  // namespace
}  // namespace otto::test
