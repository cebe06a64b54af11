// CheckRegion of tasks that lie on disk, in part or as a whole.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "core/check.h"
#include "spilling.h"

namespace otto::test {
namespace {

namespace fs = std::filesystem;

class CheckSpillTest : public Spilling {
 protected:
  Status Check(const std::string& task = "build") {
    return CheckRegion((std::string(run_.path()) + "/" + task).c_str(), &report_);
  }
  // A value in memory of each kind, then, with no room there, one of each kind on disk.
  void SetOnBothSides() {
    ASSERT_OK(Put(&region_, "small", "in memory"));
    ASSERT_OK(Put(&region_, "another", "in memory"));
    FillMemory();
    for (int i = 0; i < 1000; ++i) ASSERT_OK(Put(&region_, "key-" + std::to_string(i), std::string(200, 's')));
    ASSERT_OK(Put(&region_, "large", std::string(3000000, 'L')));
    ASSERT_TRUE(fs::exists(on_disk() + "/region.1"));
  }
  std::uint64_t SpillTail() const {
    std::uint64_t tail = 0;
    const int fd = ::open(region_.path(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(8, ::pread(fd, &tail, 8, offsetof(RegionHeader, spill_tail)));
    ::close(fd);
    return tail;
  }
  void WriteSpillTail(std::uint64_t tail) const {
    const int fd = ::open(region_.path(), O_RDWR | O_CLOEXEC);
    EXPECT_EQ(8, ::pwrite(fd, &tail, 8, offsetof(RegionHeader, spill_tail)));
    ::close(fd);
  }

  CheckReport report_;
};

TEST_F(CheckSpillTest, CountsBothSegmentsAndBothDirectories) {
  SetOnBothSides();
  ASSERT_OK(Check());
  EXPECT_EQ(1003u, report_.keys);
  EXPECT_EQ(2 * 9u + 1000 * 200 + 3000000, report_.value_bytes);
  EXPECT_EQ(1u, report_.value_files);
  EXPECT_EQ(0u, report_.stray_files);
  EXPECT_EQ(region_.file_bytes() + fs::file_size(on_disk() + "/region.1"), report_.region_bytes);
  EXPECT_GE(report_.spilled_bytes, 3000000u + 500 * 200);
  EXPECT_LT(report_.spilled_bytes, report_.value_bytes);
}

TEST_F(CheckSpillTest, FindsStrayFilesOnDisk) {
  SetOnBothSides();
  ASSERT_OK(Put(&region_, "large", std::string(3000001, 'M')));
  ASSERT_OK(Check());
  EXPECT_EQ(1u, report_.value_files);
  EXPECT_EQ(1u, report_.stray_files);
}

TEST_F(CheckSpillTest, ATaskThatLiesOnDiskAsAWholeIsAllSpilled) {
  FillMemory();
  Region late;
  ASSERT_OK(run_.CreateTask("late", {}, &late));
  ASSERT_OK(Put(&late, "key", "value"));
  ASSERT_OK(Put(&late, "large", std::string(2000000, 'x')));
  ASSERT_OK(Check("late"));
  EXPECT_EQ(2000005u, report_.value_bytes);
  EXPECT_EQ(2000005u, report_.spilled_bytes);
  EXPECT_EQ(1u, report_.value_files);
}

TEST_F(CheckSpillTest, DamageToTheSecondSegment) {
  SetOnBothSides();
  const std::string segment = on_disk() + "/region.1";
  const std::uint64_t tail = SpillTail();
  for (const std::uint64_t wrong : {kFirstFreeSpilled, tail + 1, std::uint64_t{1} << 50}) {
    WriteSpillTail(wrong);
    EXPECT_CODE(kCorrupt, Check());
  }
  WriteSpillTail(tail);
  ASSERT_OK(Check());
  ASSERT_EQ(0, ::chmod(segment.c_str(), 0644));
  EXPECT_CODE(kForeign, Check());
  ASSERT_EQ(0, ::chmod(segment.c_str(), 0600));
  ASSERT_EQ(0, ::truncate(segment.c_str(), 4096));
  EXPECT_CODE(kCorrupt, Check());
  ASSERT_EQ(0, ::unlink(segment.c_str()));
  EXPECT_CODE(kCorrupt, Check());
  ASSERT_EQ(0, ::mkfifo(segment.c_str(), 0600));
  EXPECT_CODE(kForeign, Check());
}

TEST_F(CheckSpillTest, DamageToAValueFileOnDisk) {
  SetOnBothSides();
  Value value;
  ASSERT_OK(region_.Get("large", &value));
  ASSERT_EQ(Place::kSpilled, value.place);
  const Text path = region_.ValueFilePath(value);
  ASSERT_EQ(0, ::truncate(path.c_str(), 2999999));
  EXPECT_CODE(kCorrupt, Check());
  ASSERT_EQ(0, ::unlink(path.c_str()));
  EXPECT_EQ(ENOENT, Check().error_number());
}

}  // namespace
}  // namespace otto::test
