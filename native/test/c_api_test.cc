#include "core/c_api.h"

#include <sys/stat.h>

#include <fstream>

#include "rig.h"

namespace otto::test {
namespace {

class CApiTest : public RunTest {
 protected:
  void SetUp() override {
    RunTest::SetUp();
    ASSERT_EQ(OTTO_OK, otto_open(task_directory().c_str(), &task_)) << otto_last_error();
  }
  void TearDown() override {
    otto_close(task_);
    RunTest::TearDown();
  }
  otto_task* task_ = nullptr;
};

TEST_F(CApiTest, SetsAndDeletes) {
  EXPECT_EQ(OTTO_OK, otto_set(task_, "key", 3, OTTO_JSON, "[1]", 3));
  EXPECT_EQ(OTTO_OK, otto_set(task_, "empty", 5, OTTO_BYTES, nullptr, 0));
  EXPECT_EQ("[1]", Fetch(region_, "key"));
  EXPECT_EQ("", Fetch(region_, "empty"));
  EXPECT_EQ(OTTO_OK, otto_delete(task_, "key", 3));
  EXPECT_EQ("<absent>", Fetch(region_, "key"));
}

TEST_F(CApiTest, PublishesAFileThatTheCallerWrites) {
  std::uint64_t number = 0;
  ASSERT_EQ(OTTO_OK, otto_new_value_file(task_, &number));
  const std::string path = task_directory() + "/" + std::to_string(number) + ".value";
  std::ofstream(path) << "from outside";
  ASSERT_EQ(0, ::chmod(path.c_str(), 0600));
  EXPECT_EQ(OTTO_OK, otto_publish_value_file(task_, "key", 3, OTTO_STRING, number)) << otto_last_error();
  EXPECT_EQ("from outside", Fetch(region_, "key"));
  EXPECT_EQ(OTTO_IO, otto_publish_value_file(task_, "key", 3, OTTO_STRING, number + 5));
}

TEST_F(CApiTest, TellsWhatIsWrong) {
  EXPECT_EQ(OTTO_USAGE, otto_set(task_, "", 0, OTTO_RAW, "v", 1));
  EXPECT_NE(std::string::npos, std::string(otto_last_error()).find("1 to 2048 bytes"));
  EXPECT_EQ(OTTO_USAGE, otto_set(task_, "key", 3, 5, "v", 1));
  EXPECT_EQ(OTTO_USAGE, otto_set(nullptr, "key", 3, OTTO_RAW, "v", 1));
  ASSERT_OK(region_.Seal());
  EXPECT_EQ(OTTO_SEALED, otto_set(task_, "key", 3, OTTO_RAW, "v", 1));
  otto_task* none = nullptr;
  EXPECT_EQ(OTTO_IO, otto_open((task_directory() + "/there/is/none").c_str(), &none));
  EXPECT_EQ(nullptr, none);
  otto_close(none);
  EXPECT_EQ(1001, otto_format_version());
}

}  // namespace
}  // namespace otto::test
