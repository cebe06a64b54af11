// main() of the suites that run with the back end of objects, under macOS's rules: a suite is good when its tests pass,
// no rule was broken, and no object is left.
#include <gtest/gtest.h>

#include <cstdlib>

#include "mac_rules.h"

namespace {

class MacRules : public ::testing::Environment {
 public:
  void TearDown() override {
    EXPECT_EQ(0, otto::test::MacRulesBroken());
    for (const std::string& left : otto::test::ObjectsLeft()) ADD_FAILURE() << "nobody has removed " << left;
  }
};

}  // namespace

int main(int argc, char** argv) {
  ::setenv("OTTO_SHM_BACKEND", "objects", 1);
  ::testing::InitGoogleTest(&argc, argv);
  ::testing::AddGlobalTestEnvironment(new MacRules);
  return RUN_ALL_TESTS();
}
