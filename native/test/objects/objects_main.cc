// main() of the suites that run with the back end of objects, under macOS's rules: a suite is good when its tests pass,
// no rule was broken, and no object is left.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "mac_rules.h"

namespace {

class MacRules : public ::testing::Environment {
 public:
  void SetUp() override {
    log_ = ::testing::TempDir() + "otto-mac-rules-XXXXXX";
    ::close(::mkstemp(log_.data()));
    ::setenv("OTTO_MAC_RULES_LOG", log_.c_str(), 1);
  }
  void TearDown() override {
    EXPECT_EQ(0, otto::test::MacRulesBroken());
    std::ifstream log(log_);
    EXPECT_EQ("", std::string(std::istreambuf_iterator<char>(log), {})) << "by a program that was started";
    ::unlink(log_.c_str());
    for (const std::string& left : otto::test::ObjectsLeft()) ADD_FAILURE() << "nobody has removed " << left;
  }

 private:
  std::string log_;
};

}  // namespace

int main(int argc, char** argv) {
  ::setenv("OTTO_SHM_BACKEND", "objects", 1);
  ::testing::InitGoogleTest(&argc, argv);
  ::testing::AddGlobalTestEnvironment(new MacRules);
  return RUN_ALL_TESTS();
}
