// A region that a forked child goes on to use: what the parent had reserved must stay the parent's.
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "rig.h"

namespace otto::test {
namespace {

class ForkTest : public RunTest {
 protected:
  // Runs `body` in a child, which ends with its result.
  static pid_t InChild(const std::function<bool()>& body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body() ? 0 : 1);
    return child;
  }
  static void ExpectSuccess(pid_t child) {
    int status = -1;
    ASSERT_EQ(child, ::waitpid(child, &status, 0));
    EXPECT_EQ(0, status);
  }
  static std::string KeyOf(const std::string& who, int i) { return who + " " + std::to_string(i); }
  bool SetMany(const std::string& who, int count) {
    for (int i = 0; i < count; ++i) {
      if (!Put(&region_, KeyOf(who, i), "value of " + KeyOf(who, i)).ok()) return false;
    }
    return true;
  }
  void ExpectMany(const std::string& who, int count) {
    for (int i = 0; i < count; ++i) ASSERT_EQ("value of " + KeyOf(who, i), Fetch(region_, KeyOf(who, i)));
  }
};

TEST_F(ForkTest, ParentAndChildrenNeverWriteOverEachOther) {
  ASSERT_OK(Put(&region_, "first", "of the parent"));
  std::vector<pid_t> children;
  for (const char* who : {"a", "b", "c"}) {
    children.push_back(InChild([&] {
      if (!SetMany(who, 500)) return false;
      const pid_t inner = InChild([&] { return SetMany(std::string(who) + " inner", 500); });
      int status = -1;
      const bool own = SetMany(std::string(who) + " after", 500);
      return ::waitpid(inner, &status, 0) == inner && status == 0 && own;
    }));
  }
  EXPECT_TRUE(SetMany("parent", 2000));
  for (const pid_t child : children) ExpectSuccess(child);
  ExpectMany("parent", 2000);
  for (const std::string who : {"a", "b", "c"}) {
    for (const char* phase : {"", " inner", " after"}) ExpectMany(who + phase, 500);
  }
  EXPECT_EQ("of the parent", Fetch(region_, "first"));
}

// One after the other, so that a child that used its parent's reservation would write exactly where the parent does
// next.
TEST_F(ForkTest, AChildThatHasEndedLeavesItsValues) {
  ASSERT_OK(Put(&region_, "before", "1"));
  ExpectSuccess(InChild([&] { return Put(&region_, "child", "2").ok(); }));
  ASSERT_OK(Put(&region_, "after", "3"));
  EXPECT_EQ("1", Fetch(region_, "before"));
  EXPECT_EQ("2", Fetch(region_, "child"));
  EXPECT_EQ("3", Fetch(region_, "after"));
}

TEST_F(ForkTest, ChildrenThatSetOneValueEachReserveNoMoreThanThat) {
  ASSERT_OK(Put(&region_, "before", "1"));
  const std::uint64_t before = region_.file_bytes();
  for (int i = 0; i < 50; ++i) {
    ExpectSuccess(InChild([&] { return Put(&region_, KeyOf("child", i), "v").ok(); }));
  }
  EXPECT_LE(region_.file_bytes() - before, 50 * 1024U);
}

}  // namespace
}  // namespace otto::test
