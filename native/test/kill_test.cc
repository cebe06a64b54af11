// Writers of all kinds, killed at random moments in all kinds of space, while readers check. scripts/kill-test.sh does
// the same at length, and with Node, Python and the bash builtin.
#include <gtest/gtest.h>

#include "kill/storm.h"

namespace otto::test::kill {
namespace {

WriterList Writers() {
  WriterList writers = ForkedWriters();
#if defined(OTTO_MMAP_SET)
  for (const WriterProgram* writer : HelperWriters(OTTO_MMAP_SET)) writers.push_back(writer);
#endif
  return writers;
}

class KillTest : public ::testing::TestWithParam<Space> {};

TEST_P(KillTest, AWriterKilledAtAnyMomentTearsNothingLosesNothingAndBlocksNobody) {
  constexpr std::uint32_t kKillsOfEach = 20;
  for (const WriterProgram* writer : Writers()) {
    SCOPED_TRACE(writer->name());
    Ledger ledger;
    const StormReport report = RunStorm({GetParam(), writer, kKillsOfEach, 20261123}, &ledger);
    ASSERT_TRUE(report.ran) << report.problem;
    ASSERT_TRUE(ledger.tally().clean()) << report.problem;
    EXPECT_EQ(kKillsOfEach, report.kills);
    EXPECT_GT(ledger.tally().checked, kKillsOfEach);
    EXPECT_GT(ledger.tally().committed, 0u);
    EXPECT_TRUE(MayRefuse(GetParam()) || ledger.tally().refused == 0) << "it could have spilled";
  }
}

INSTANTIATE_TEST_SUITE_P(Everywhere, KillTest, ::testing::ValuesIn(kAllSpaces), [](const auto& space) {
  std::string name = NameOf(space.param);
  std::erase_if(name, [](char c) { return c == ' ' || c == ','; });
  return name;
});

}  // namespace
}  // namespace otto::test::kill
