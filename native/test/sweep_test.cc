#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "core/reaper.h"
#include "rig.h"

namespace otto::test {
namespace {

namespace fs = std::filesystem;

struct Report {
  std::vector<std::string> removed;
  std::vector<std::string> problems;
  std::uint64_t freed_bytes = 0;
};

Report SweepRoot(const std::string& root) {
  Report report;
  SweepListener listener;
  listener.context = &report;
  listener.removed = [](void* context, const SweptRun& run) {
    static_cast<Report*>(context)->removed.emplace_back(run.run);
    static_cast<Report*>(context)->freed_bytes += run.freed_bytes;
  };
  listener.problem = [](void* context, const Status& status) {
    static_cast<Report*>(context)->problems.push_back(Words(status));
  };
  EXPECT_OK(Sweep(root, listener));
  std::sort(report.removed.begin(), report.removed.end());
  return report;
}

using Names = std::vector<std::string>;

class SweepTest : public RunTest {
 protected:
  // A run whose runner was killed, with a task of one value.
  void MakeDeadRun(const std::string& name) const {
    const pid_t runner = ::fork();
    if (runner == 0) {
      RunDirectory run;
      Region region;
      bool made = RunDirectory::Create(root_, name, &run).ok() && run.CreateTask("task", {}, &region).ok();
      made = made && Put(&region, "key", std::string(100000, 'x')).ok();
      ::_exit(made ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(runner, ::waitpid(runner, &status, 0));
    ASSERT_EQ(0, status);
  }
};

TEST_F(SweepTest, RemovesDeadRunsAndSparesLiveOnes) {
  MakeDeadRun("dead-1");
  MakeDeadRun("dead-2");
  const Report report = SweepRoot(root_);
  EXPECT_EQ((Names{"dead-1", "dead-2"}), report.removed);
  EXPECT_EQ(Names{}, report.problems);
  EXPECT_GE(report.freed_bytes, 2u * (kFirstFree + 100000));
  EXPECT_TRUE(fs::exists(run_.path()));
  EXPECT_OK(Put(&region_, "key", "alive"));
}

TEST_F(SweepTest, NothingToSweepIsFine) {
  EXPECT_EQ(Names{}, SweepRoot(root_).removed);
  EXPECT_EQ(Names{}, SweepRoot(root_ + "/there-is-none").removed);
}

TEST_F(SweepTest, FinishesWhatAKilledSweeperLeft) {
  MakeDeadRun("dead-1");
  fs::rename(root_ + "/dead-1", root_ + "/.dead-dead-1");
  MakeDeadRun("dead-2");
  fs::rename(root_ + "/dead-2", root_ + "/.dead-dead-2");
  fs::remove(root_ + "/.dead-dead-2/.lock");
  EXPECT_EQ(Names{"dead-1"}, SweepRoot(root_).removed);  // of the other only an empty name was left
  EXPECT_FALSE(fs::exists(root_ + "/.dead-dead-2"));
}

TEST_F(SweepTest, RemovesARunWhoseMakingWasInterrupted) {
  ASSERT_EQ(0, ::mkdir((root_ + "/.new-early").c_str(), 0700));
  MakeDeadRun("late");
  fs::rename(root_ + "/late", root_ + "/.new-late");
  EXPECT_EQ((Names{"early", "late"}), SweepRoot(root_).removed);
}

TEST_F(SweepTest, ReportsWhatItCannotJudgeAndGoesOn) {
  std::ofstream(root_ + "/a-file") << "x";
  ASSERT_EQ(0, ::symlink("/etc", (root_ + "/a-link").c_str()));
  ASSERT_EQ(0, ::mkdir((root_ + "/no-lock").c_str(), 0700));
  MakeDeadRun("zz-dead");
  const Report report = SweepRoot(root_);
  EXPECT_EQ(Names{"zz-dead"}, report.removed);
  EXPECT_EQ(3u, report.problems.size());
  EXPECT_TRUE(fs::exists("/etc/passwd"));
}

TEST_F(SweepTest, RefusesARootThatIsNotPrivate) {
  ASSERT_EQ(0, ::chmod(root_.c_str(), 0755));
  EXPECT_CODE(kForeign, Sweep(root_, {}));
  ASSERT_EQ(0, ::chmod(root_.c_str(), 0700));
}

TEST_F(SweepTest, SweepersMayRunAtOnce) {
  constexpr int kRuns = 60;
  for (int i = 0; i < kRuns; ++i) MakeDeadRun("dead-" + std::to_string(i));
  std::vector<pid_t> sweepers;
  for (int i = 0; i < 4; ++i) {
    const pid_t sweeper = ::fork();
    if (sweeper == 0) {
      const Report report = SweepRoot(root_);
      for (const std::string& problem : report.problems) std::fprintf(stderr, "%s\n", problem.c_str());
      ::_exit(report.problems.empty() ? 0 : 1);
    }
    sweepers.push_back(sweeper);
  }
  for (const pid_t sweeper : sweepers) {
    int status = 0;
    ASSERT_EQ(sweeper, ::waitpid(sweeper, &status, 0));
    EXPECT_EQ(0, status);
  }
  Names left;
  for (const auto& entry : fs::directory_iterator(root_)) left.push_back(entry.path().filename());
  EXPECT_EQ(Names{"run-1"}, left);
}

TEST_F(SweepTest, RunsMayBeMadeWhileOthersSweep) {
  const pid_t sweeper = ::fork();
  if (sweeper == 0) {
    for (int i = 0; i < 300; ++i) {
      const Names removed = SweepRoot(root_).removed;
      if (!removed.empty()) std::fprintf(stderr, "removed the live run %s\n", removed[0].c_str());
      if (!removed.empty()) ::_exit(1);
    }
    ::_exit(0);
  }
  for (int i = 0; i < 200; ++i) {
    RunDirectory run;
    ASSERT_OK(RunDirectory::Create(root_, "made-" + std::to_string(i), &run));
    ASSERT_TRUE(fs::exists(run.path()));
    ASSERT_OK(run.Remove());
  }
  int status = 0;
  ASSERT_EQ(sweeper, ::waitpid(sweeper, &status, 0));
  EXPECT_EQ(0, status);
}

}  // namespace
}  // namespace otto::test
