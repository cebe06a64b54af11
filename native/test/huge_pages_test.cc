// Shared memory that is mounted with huge pages: values and records lie in them and are mapped by them, with no word
// from otto to the kernel (docs/performance.md, "Huge pages").
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "rig.h"

namespace otto::test {
namespace {

constexpr int kHugeKiB = 2048;

// KiB of huge pages by which this process maps what has `name` in its path.
int MappedByHugePages(const std::string& name) {
  std::ifstream maps("/proc/self/smaps");
  int kibibytes = 0;
  bool is_named = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find(" kB") == std::string::npos) is_named = line.find(name) != std::string::npos;
    int count = 0;
    if (is_named && std::sscanf(line.c_str(), "ShmemPmdMapped: %d kB", &count) == 1) kibibytes += count;
  }
  return kibibytes;
}

class HugePagesTest : public ::testing::Test {
 protected:
  void Mount(const char* option) {
    // A kernel without huge pages knows no such option: all must go on without.
    has_huge_pages_ =
        std::filesystem::exists("/sys/kernel/mm/transparent_hugepage/shmem_enabled") && ::sysconf(_SC_PAGESIZE) == 4096;
    disk_.Mount(64 * 1024, "tmpfs", has_huge_pages_ ? option : "");
    ASSERT_OK(RunDirectory::Create({.root = disk_.path() + "/root", .run = "run"}, &run_));
    ASSERT_OK(run_.CreateTask("build", {}, &region_));
  }
  void TearDown() override {
    region_.Close();
    EXPECT_OK(run_.Remove());
  }
  void PutAndReadALargeValue() {
    const std::string large(std::size_t{8} * kHugeKiB * 1024 + 7, 'L');
    ASSERT_OK(Put(&region_, "large", large));
    Value value;
    ASSERT_OK(region_.Get("large", &value));
    posix::Mapping view;
    ASSERT_OK(region_.MapValue(value, {0, value.bytes}, &view));
    EXPECT_EQ(0, std::memcmp(view.data(), large.data(), large.size()));
    ExpectHugePages(".value", 8 * kHugeKiB);
  }
  void ExpectHugePages(const std::string& name, int least_kibibytes) const {
    EXPECT_GE(MappedByHugePages(name), has_huge_pages_ ? least_kibibytes : 0) << name;
  }

  bool has_huge_pages_ = false;
  SmallDisk disk_;
  RunDirectory run_;
  Region region_;
};

TEST_F(HugePagesTest, ALargeValueIsReadThroughThem) {
  Mount("huge=always");
  PutAndReadALargeValue();
}

TEST_F(HugePagesTest, OnesThatMustLieWithinTheFileAreUsedForAValueThatIsWrittenAtOnce) {
  Mount("huge=within_size");
  PutAndReadALargeValue();
}

TEST_F(HugePagesTest, RecordsAreWrittenAndReadThroughThem) {
  Mount("huge=always");
  for (int i = 0; i < 10000; ++i) ASSERT_OK(Put(&region_, "key-" + std::to_string(i), std::string(900, 'r')));
  for (int i = 0; i < 10000; ++i) ASSERT_EQ(std::string(900, 'r'), Fetch(region_, "key-" + std::to_string(i)));
  ExpectHugePages("/build/", 4 * kHugeKiB);
}

}  // namespace
}  // namespace otto::test
