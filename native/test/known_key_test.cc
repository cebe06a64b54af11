#include "core/known_key.h"

#include <unistd.h>

#include <map>
#include <string>

#include "rig.h"

namespace otto::test {
namespace {

// Everything that is done with what is known is checked against what another process sees: `other_`.
class KnownKeyTest : public RunTest {
 protected:
  void SetUp() override {
    RunTest::SetUp();
    other_ = Attach(Access::kWrite);
  }

  KnownKey* Known(std::string_view key) { return &known_[std::string(key)]; }
  Status Set(std::string_view key, std::string_view value) {
    return region_.Set({key, ValueType::kString, AsBytes(value)}, Known(key));
  }
  std::string Get(std::string_view key) {
    Value value;
    const Status status = region_.Get(key, Known(key), &value);
    if (!status.ok()) return Words(status);
    if (!value.found) return "<absent>";
    std::string text(value.bytes, '\0');
    return region_.Read(value, 0, std::as_writable_bytes(std::span(text))).ok() ? text : "<unreadable>";
  }

  Region other_;
  std::map<std::string, KnownKey> known_;
};

TEST_F(KnownKeyTest, SeesEveryChangeThatAnotherProcessMakes) {
  EXPECT_EQ("<absent>", Get("key"));
  ASSERT_OK(Put(&other_, "key", "one"));
  EXPECT_EQ("one", Get("key"));
  EXPECT_EQ("one", Get("key"));
  ASSERT_OK(Put(&other_, "key", std::string(5000, '2')));
  EXPECT_EQ(std::string(5000, '2'), Get("key"));
  ASSERT_OK(Put(&other_, "key", std::string(2'000'000, '3')));
  EXPECT_EQ(std::string(2'000'000, '3'), Get("key"));
  ASSERT_OK(other_.Delete("key", nullptr));
  EXPECT_EQ("<absent>", Get("key"));
  ASSERT_OK(Put(&other_, "key", "again"));
  EXPECT_EQ("again", Get("key"));
}

TEST_F(KnownKeyTest, OverwritesWhatAnotherProcessHasSetSinceItLooked) {
  ASSERT_OK(Set("key", "mine"));
  ASSERT_OK(Put(&other_, "key", "theirs"));
  ASSERT_OK(Set("key", "mine again"));
  EXPECT_EQ("mine again", Fetch(other_, "key"));
  ASSERT_OK(other_.Delete("key", nullptr));
  ASSERT_OK(Set("later", "x"));
  ASSERT_OK(Set("key", "new"));
  EXPECT_EQ("new", Fetch(other_, "key"));
  EXPECT_EQ((std::vector<std::string>{"later", "key"}), Keys(other_));
}

TEST_F(KnownKeyTest, AgreesWithOthersAboutManyKeysOfEveryLength) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 3000; ++i) {
      const std::string key = std::string(static_cast<std::size_t>(i % 120), 'p') + std::to_string(i);
      ASSERT_OK(round == 1 ? Put(&other_, key, key + "1") : Set(key, key + std::to_string(round)));
      if (round == 0) ASSERT_OK(Set(key, key + "0"));
    }
    for (int i = 0; i < 3000; i += 7) {
      const std::string key = std::string(static_cast<std::size_t>(i % 120), 'p') + std::to_string(i);
      EXPECT_EQ(key + std::to_string(round), Get(key));
      EXPECT_EQ(key + std::to_string(round), Fetch(other_, key));
    }
  }
  EXPECT_EQ(3000u, Keys(other_).size());
}

TEST_F(KnownKeyTest, OverwritesKeepTheOrderOfTheirKeys) {
  for (const char* key : {"z", "a", "m"}) ASSERT_OK(Set(key, "1"));
  for (const char* key : {"a", "z", "m", "a"}) ASSERT_OK(Set(key, "2"));
  EXPECT_EQ((std::vector<std::string>{"z", "a", "m"}), Keys(other_));
}

TEST_F(KnownKeyTest, RefusesWhatASetWithoutItRefuses) {
  ASSERT_OK(Set("known", "1"));
  for (const std::string_view key : {std::string_view("bad\xff"), std::string_view("a\0b", 3), std::string_view("")}) {
    EXPECT_CODE(kUsage, Set(key, "v"));
  }
  EXPECT_CODE(kUsage, region_.Set({"known", ValueType::kDeleted, {}}, Known("known")));
  ASSERT_OK(other_.Seal());
  EXPECT_CODE(kSealed, Set("known", "2"));
  EXPECT_EQ("1", Get("known"));
}

TEST_F(KnownKeyTest, TellsThatTheRegionWasCutOff) {
  ASSERT_OK(Set("key", "value"));
  EXPECT_EQ("value", Get("key"));
  ASSERT_EQ(0, ::truncate(region_.path(), 0));
  EXPECT_NE("value", Get("key"));
  Value value;
  EXPECT_CODE(kCorrupt, region_.Get("key", Known("key"), &value));
}

}  // namespace
}  // namespace otto::test
