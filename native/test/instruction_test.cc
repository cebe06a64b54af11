// A writer that is stopped after every single machine instruction: what others see then is what they would see for ever
// if it had been killed there. So this tries every moment at which a writer can die, and not only those that somebody
// thought of.
#include <cctype>

#include "kill/operations.h"
#include "kill/tracing.h"
#include "rig.h"

namespace otto::test::kill {
namespace {

class InstructionTest : public ::testing::TestWithParam<Operation> {
 protected:
  void SetUp() override {
    std::string why;
    ASSERT_TRUE(situation_.SetUp(Space::kPlenty, &why)) << why;
    ASSERT_OK(situation_.BeginEpoch());
    ASSERT_OK(scene_.Prepare(situation_));
    const char* directory = situation_.task_directory().c_str();
    ASSERT_OK(Region::Attach(directory, Access::kRead, &reader_));
    ASSERT_OK(Region::Attach(directory, Access::kWrite, &survivor_));
  }
  void TearDown() override {
    std::string left;
    EXPECT_TRUE(situation_.EndEpochBySweeping(&left)) << left;
  }

  // Everything that others may ask of the region while the victim lies still.
  void LookAround(std::uint64_t instruction, Scene::Seen* last) {
    std::string problem;
    const Scene::Seen seen = scene_.Look(reader_, &problem);
    if (last->is_new && !seen.is_new) problem = "the new value has gone again";
    *last = seen;
    scene_.LookAtNeighbours(reader_, &problem);
    if (instruction % 16 == 0) scene_.SetAsSurvivor(&survivor_, &problem);
    if (instruction % 128 == 0) {
      GrowableArray<Entry> entries;
      const Status listed = reader_.List(&entries);
      if (!listed.ok()) problem = Words(listed);
    }
    ASSERT_EQ("", problem) << "after instruction " << instruction;
  }

  Situation situation_;
  Scene scene_{GetParam()};
  Region reader_;
  Region survivor_;
};

TEST_P(InstructionTest, OthersSeeOldOrNewAndGoOnWhereverTheWriterStops) {
  TracedProcess victim([this] { return scene_.OpenAsVictim().ok(); }, [this] { return scene_.Play().ok(); });
  ASSERT_TRUE(victim.stopped()) << "a process cannot be traced here";
  Scene::Seen seen;
  while (victim.Step()) ASSERT_NO_FATAL_FAILURE(LookAround(victim.instructions(), &seen));
  EXPECT_GT(victim.instructions(), 300u);
  EXPECT_EQ(0, victim.Finish()) << "the operation has failed";
  EXPECT_TRUE(seen.is_new);
  RecordProperty("instructions", static_cast<int>(victim.instructions()));
}

std::string TestName(const ::testing::TestParamInfo<Operation>& operation) {
  std::string name;
  for (const char* c = operation.param.name; *c != 0; ++c) {
    if (std::isalnum(*c)) name += c == operation.param.name || c[-1] == ' ' ? static_cast<char>(std::toupper(*c)) : *c;
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Every, InstructionTest, ::testing::ValuesIn(AllOperations().begin(), AllOperations().end()),
                         TestName);

}  // namespace
}  // namespace otto::test::kill
