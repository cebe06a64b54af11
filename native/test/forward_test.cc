#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "core/c_api.h"
#include "core/value_file.h"
#include "spilling.h"

namespace otto::test {
namespace {

class ForwardTest : public RunTest {
 protected:
  void SetUp() override {
    RunTest::SetUp();
    ASSERT_OK(run_.CreateTask("pack", {}, &pack_));
  }
  void TearDown() override {
    pack_.Close();
    RunTest::TearDown();
  }
  Status Forward(std::string_view key) { return pack_.Forward({key, region_, key}); }

  Region pack_;
};

ino_t InodeOf(const Region& region, std::string_view key) {
  Value value;
  EXPECT_OK(region.Get(key, &value));
  struct stat info {};
  EXPECT_EQ(0, ::stat(region.ValueFilePath(value).c_str(), &info));
  return info.st_ino;
}

TEST_F(ForwardTest, ALargeValueIsTheSameFile) {
  const std::string large(3000000, 'L');
  ASSERT_OK(Put(&region_, "large", large, ValueType::kBytes));
  ASSERT_OK(Forward("large"));
  EXPECT_EQ(InodeOf(region_, "large"), InodeOf(pack_, "large"));
  Value value;
  ASSERT_OK(pack_.Get("large", &value));
  EXPECT_EQ(ValueType::kBytes, value.type);
  ASSERT_OK(run_.RemoveTask("build"));
  EXPECT_EQ(large, Fetch(pack_, "large"));
}

TEST_F(ForwardTest, ASmallValueIsCopiedUnderAnyKey) {
  ASSERT_OK(Put(&region_, "small", "bytes", ValueType::kJson));
  ASSERT_OK(Put(&region_, "empty", ""));
  ASSERT_OK(pack_.Forward({"renamed", region_, "small"}));
  ASSERT_OK(pack_.Forward({"empty", region_, "empty"}));
  ASSERT_OK(pack_.Forward({"twice", pack_, "renamed"}));
  EXPECT_EQ("bytes", Fetch(pack_, "twice"));
  EXPECT_EQ("", Fetch(pack_, "empty"));
}

TEST_F(ForwardTest, RefusesWhatIsNotThereOrNotWhole) {
  EXPECT_CODE(kUsage, Forward("none"));
  ASSERT_OK(Put(&region_, "gone", "x"));
  ASSERT_OK(region_.Delete("gone", nullptr));
  EXPECT_CODE(kUsage, Forward("gone"));
  ASSERT_OK(Put(&region_, "large", std::string(2000000, 'x')));
  CutOff(task_directory() + "/1.value", 10);
  EXPECT_CODE(kCorrupt, Forward("large"));
  RemoveEverything(task_directory() + "/1.value");
  EXPECT_EQ(ENOENT, Forward("large").error_number());
  ASSERT_EQ(0, ::symlink("/etc/passwd", (task_directory() + "/1.value").c_str()));
  EXPECT_CODE(kForeign, Forward("large"));
  EXPECT_EQ(std::vector<std::string>{}, Keys(pack_));
  EXPECT_EQ((std::vector<std::string>{"inputs", "region"}), NamesIn(pack_.task_directory()));
  ASSERT_OK(pack_.Seal());
  EXPECT_CODE(kSealed, Forward("large"));
}

TEST_F(ForwardTest, PassesOverNamesThatAreTaken) {
  std::ofstream(pack_.task_directory() + std::string("/1.value")) << "planted";
  ASSERT_OK(Put(&region_, "large", std::string(2000000, 'x')));
  ASSERT_OK(Forward("large"));
  EXPECT_EQ(std::string(2000000, 'x'), Fetch(pack_, "large"));
}

TEST_F(ForwardTest, OtherLanguagesMayForward) {
  ASSERT_OK(Put(&region_, "large", std::string(2000000, 'x')));
  otto_task* task = nullptr;
  ASSERT_EQ(OTTO_OK, otto_open(pack_.task_directory(), &task));
  EXPECT_EQ(OTTO_OK, otto_forward(task, "k", 1, region_.task_directory(), "large", 5)) << otto_last_error();
  EXPECT_EQ(OTTO_USAGE, otto_forward(task, "k", 1, region_.task_directory(), "none", 4));
  EXPECT_EQ(OTTO_IO, otto_forward(task, "k", 1, (task_directory() + "/there/is/none").c_str(), "none", 4));
  EXPECT_EQ(OTTO_USAGE, otto_forward(task, "k", 1, nullptr, "none", 4));
  otto_close(task);
  EXPECT_EQ(InodeOf(region_, "large"), InodeOf(pack_, "k"));
}

class ForwardFromDiskTest : public Spilling {};

TEST_F(ForwardFromDiskTest, WhatLiesOnDiskIsLinkedThere) {
  const std::string large(5000000, 'L');
  ASSERT_OK(Put(&region_, "large", large));
  Region pack;
  ASSERT_OK(run_.CreateTask("pack", {}, &pack));
  ASSERT_OK(pack.Forward({"large", region_, "large"}));
  EXPECT_EQ(InodeOf(region_, "large"), InodeOf(pack, "large"));
  EXPECT_EQ(Place::kSpilled, Find(pack, "large").place);
  ASSERT_OK(run_.RemoveTask("build"));
  EXPECT_TRUE(large == Fetch(pack, "large"));
}

TEST_F(ForwardFromDiskTest, ATaskOnDiskGetsACopyOfWhatLiesInMemory) {
  const std::string value(450000, 'm');
  ValueFile file;
  ASSERT_OK(region_.NewValueFile(&file));
  ASSERT_OK(file.Append(AsBytes(value)));
  ASSERT_OK(region_.PublishFile("value", ValueType::kRaw, &file));
  FillMemory();
  Region pack;
  ASSERT_OK(run_.CreateTask("pack", {}, &pack));
  ASSERT_EQ(run_.spill_path() + std::string("/pack"), pack.task_directory());
  ASSERT_OK(pack.Forward({"value", region_, "value"}));
  EXPECT_NE(InodeOf(region_, "value"), InodeOf(pack, "value"));
  EXPECT_TRUE(value == Fetch(pack, "value"));
  Region other;
  ASSERT_OK(run_.CreateTask("other", {}, &other));
  ASSERT_OK(other.Forward({"value", pack, "value"}));
  EXPECT_EQ(InodeOf(pack, "value"), InodeOf(other, "value"));
}

}  // namespace
}  // namespace otto::test
