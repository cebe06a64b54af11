// What the tests share: a private root in shared memory with one run and one task, removed at the end whatever happens.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/region.h"
#include "core/run_directory.h"

namespace otto::test {

// "cannot write /dev/shm/...: ..." or "ok".
std::string Words(const Status& status);

#define EXPECT_OK(expression)                            \
  do {                                                   \
    const ::otto::Status seen = (expression);            \
    EXPECT_TRUE(seen.ok()) << ::otto::test::Words(seen); \
  } while (false)
#define ASSERT_OK(expression)                            \
  do {                                                   \
    const ::otto::Status seen = (expression);            \
    ASSERT_TRUE(seen.ok()) << ::otto::test::Words(seen); \
  } while (false)
#define EXPECT_CODE(expected, expression)                                              \
  do {                                                                                 \
    const ::otto::Status seen = (expression);                                          \
    EXPECT_EQ(::otto::StatusCode::expected, seen.code()) << ::otto::test::Words(seen); \
  } while (false)

std::string NewTemporaryDirectory(const std::string& parent);

// Whether new runs have the back end of objects. The suites that say nothing of one run with both.
bool UsesObjects();
// Where such runs have their directories: /dev/shm, or /tmp when the bytes are in objects.
const char* RunsParent();
// The bytes of a region or value at `path`, for reading and writing: the file, or the object that its stub names. And
// cuts them off behind `length`. Both as only a hostile process would.
int OpenBytes(const std::string& path);
void CutOff(const std::string& path, off_t length);
void RemoveEverything(const std::string& path);

// A tmpfs of its own, of so many KiB, mounted below /tmp until the object goes. Needs CAP_SYS_ADMIN.
class SmallDisk {
 public:
  SmallDisk() = default;
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk();

  // `options`: more of them, for tmpfs.
  void Mount(int kibibytes, const char* type = "tmpfs", const std::string& options = "");
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool mounted_ = false;
};

std::vector<std::string> NamesIn(const std::string& directory);  // sorted

Status Put(Region* region, std::string_view key, std::string_view value, ValueType type = ValueType::kString);
// The value's bytes; "<absent>" or the status' words when there are none.
std::string Fetch(const Region& region, std::string_view key);
std::vector<std::string> Keys(const Region& region);

// A run directory with a task "build" whose region is open for writing.
class RunTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  std::string task_directory() const { return std::string(run_.path()) + "/build"; }
  Region Attach(Access access) const;

  std::string root_;
  RunDirectory run_;
  Region region_;
};

}  // namespace otto::test
