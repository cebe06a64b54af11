// Writers of all kinds, killed at random moments in all kinds of space, while readers check. scripts/kill-test.sh does the same at
// length, and with Node, Python and the bash builtin.
#include "kill/storm.h"

#include <gtest/gtest.h>

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
  constexpr std::uint32_t kKillsOfEach = 24;
  for (const WriterProgram* writer : Writers()) {
    SCOPED_TRACE(writer->name());
    Ledger ledger;
    const StormReport report = RunStorm({GetParam(), writer, kKillsOfEach, 20261123}, &ledger);
    ASSERT_TRUE(report.ran) << report.problem;
    ASSERT_TRUE(ledger.tally().clean()) << report.problem;
    EXPECT_EQ(kKillsOfEach, report.kills);
    EXPECT_GT(ledger.tally().checked, kKillsOfEach);
    EXPECT_GT(ledger.tally().committed, 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Everywhere, KillTest, ::testing::Values(Space::kPlenty, Space::kFull, Space::kFullButSpills),
                         [](const auto& space) {
                           return space.param == Space::kPlenty ? "Plenty" : space.param == Space::kFull ? "Full" : "FullButSpills";
                         });

}  // namespace
}  // namespace otto::test::kill
