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

Report SweepRoot(const std::string& root, SweepMode mode = SweepMode::kRemove) {
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
  EXPECT_OK(Sweep(root, listener, mode));
  std::sort(report.removed.begin(), report.removed.end());
  return report;
}

using Names = std::vector<std::string>;

class SweepTest : public RunTest {
 protected:
  // A run whose runner was killed, with a task of one value.
  void MakeDeadRun(const std::string& name, const std::string& spill_root = "") const {
    const pid_t runner = ::fork();
    if (runner == 0) {
      RunDirectory run;
      Region region;
      bool made = RunDirectory::Create({.root = root_, .run = name, .spill_root = spill_root}, &run).ok();
      made = made && run.CreateTask("task", {}, &region).ok();
      made = made && Put(&region, "key", std::string(100000, 'x')).ok();
      ::_exit(made ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(runner, ::waitpid(runner, &status, 0));
    ASSERT_EQ(0, status);
  }
  // A dead run with 1 MiB on disk.
  void MakeSpilledRun(const std::string& name) const {
    MakeDeadRun(name, spill_root());
    ASSERT_EQ(0, ::mkdir((spill_root() + "/" + name + "/task").c_str(), 0700));
    std::ofstream(spill_root() + "/" + name + "/task/1.value") << std::string(1 << 20, 's');
  }
  void PointSpillAt(const std::string& name, const std::string& target) const {
    const std::string link = root_ + "/" + name + "/.spill";
    fs::remove(link);
    ASSERT_EQ(0, ::symlink(target.c_str(), link.c_str()));
  }
  std::string spill_root() const { return disk_; }
  // That a region has in any case: of an object, where nothing reserves memory, only what was touched.
  static std::uint64_t HeaderBytes() { return UsesObjects() ? 2 * 4096 : kFirstFree; }

  void SetUp() override {
    RunTest::SetUp();
    disk_ = NewTemporaryDirectory("/tmp");
  }
  void TearDown() override {
    RemoveEverything(disk_);
    RunTest::TearDown();
  }

  std::string disk_;
};

TEST_F(SweepTest, RemovesDeadRunsAndSparesLiveOnes) {
  MakeDeadRun("dead-1");
  MakeDeadRun("dead-2");
  const Report report = SweepRoot(root_);
  EXPECT_EQ((Names{"dead-1", "dead-2"}), report.removed);
  EXPECT_EQ(Names{}, report.problems);
  EXPECT_GE(report.freed_bytes, 2u * (HeaderBytes() + 100000));
  EXPECT_TRUE(fs::exists(run_.path()));
  EXPECT_OK(Put(&region_, "key", "alive"));
}

TEST_F(SweepTest, ALookTellsWhatASweepWouldRemoveAndRemovesNothing) {
  MakeSpilledRun("dead");
  MakeDeadRun("half");
  fs::rename(root_ + "/half", root_ + "/.dead-half");
  MakeDeadRun("made");
  fs::rename(root_ + "/made", root_ + "/.new-made");
  const Report in_memory = SweepRoot(root_, SweepMode::kLook);
  EXPECT_EQ((Names{"dead", "half", "made"}), in_memory.removed);
  EXPECT_EQ(Names{}, in_memory.problems);
  if (!UsesObjects()) {
    EXPECT_GE(in_memory.freed_bytes, 300000u);
    EXPECT_LT(in_memory.freed_bytes, 3u << 20);
  }
  const Report on_disk = SweepRoot(spill_root(), SweepMode::kLook);
  EXPECT_EQ(Names{"dead"}, on_disk.removed);
  EXPECT_GE(on_disk.freed_bytes, 1u << 20);
  EXPECT_EQ((Names{"dead", "half", "made"}), SweepRoot(root_).removed);
  EXPECT_EQ(Names{}, SweepRoot(root_, SweepMode::kLook).removed);
  EXPECT_TRUE(fs::exists(run_.path()));
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

TEST_F(SweepTest, WhatADeadRunHasOnDiskGoesWithIt) {
  MakeSpilledRun("dead");
  const Report report = SweepRoot(root_);
  EXPECT_EQ(Names{"dead"}, report.removed);
  EXPECT_EQ(Names{}, report.problems);
  EXPECT_GE(report.freed_bytes, HeaderBytes() + 100000 + (1u << 20));
  EXPECT_EQ(Names{}, NamesIn(spill_root()));
}

TEST_F(SweepTest, ARebootLeavesOnlyTheDiskAndThatIsEnough) {
  MakeSpilledRun("dead");
  RemoveEverything(root_ + "/dead");
  RunDirectory live;
  ASSERT_OK(RunDirectory::Create({.root = root_, .run = "live", .spill_root = spill_root()}, &live));
  EXPECT_EQ(Names{"dead"}, SweepRoot(spill_root()).removed);
  EXPECT_EQ(Names{"live"}, NamesIn(spill_root()));
  ASSERT_OK(live.Remove());
}

TEST_F(SweepTest, FinishesOnDiskWhatAKilledSweeperLeft) {
  MakeSpilledRun("dead");
  fs::rename(spill_root() + "/dead", spill_root() + "/.dead-dead");
  fs::rename(root_ + "/dead", root_ + "/.dead-dead");
  EXPECT_EQ(Names{"dead"}, SweepRoot(root_).removed);
  EXPECT_EQ(Names{}, NamesIn(spill_root()));
}

TEST_F(SweepTest, SparesTheDiskOfALiveRunWhateverNamesIt) {
  RunDirectory live;
  ASSERT_OK(RunDirectory::Create({.root = root_, .run = "live", .spill_root = spill_root()}, &live));
  const std::string other_root = root_ + "/other-root";
  RunDirectory elsewhere;
  ASSERT_OK(RunDirectory::Create({.root = other_root, .run = "live"}, &elsewhere));
  ASSERT_EQ(0, ::symlink(live.spill_path(), (other_root + "/live/.spill").c_str()));
  elsewhere = RunDirectory();
  EXPECT_EQ(Names{"live"}, SweepRoot(other_root).removed);
  EXPECT_TRUE(fs::exists(live.spill_path() + std::string("/.lock")));
  ASSERT_OK(live.Remove());
  fs::remove_all(other_root);
}

TEST_F(SweepTest, NeverFollowsASpillLinkToWhatIsNotTheRunsOwn) {
  const std::string valuables = spill_root() + "/valuables";
  fs::create_directories(valuables + "/dead/task");
  std::ofstream(valuables + "/dead/task/file") << "x";
  fs::create_directory_symlink(valuables, spill_root() + "/link");
  MakeSpilledRun("innocent");
  RemoveEverything(root_ + "/innocent");
  const auto tries = [&](const std::string& target) {
    MakeDeadRun("dead");
    PointSpillAt("dead", target);
    const Report report = SweepRoot(root_);
    EXPECT_EQ(Names{"dead"}, report.removed) << target << ": its memory goes all the same";
    return report.problems.size();
  };
  EXPECT_EQ(1u, tries(valuables + "/dead")) << "a root that others may enter";
  ASSERT_EQ(0, ::chmod(valuables.c_str(), 0700));
  EXPECT_EQ(1u, tries(valuables + "/dead")) << "a directory that others may enter";
  ASSERT_EQ(0, ::chmod((valuables + "/dead").c_str(), 0700));
  EXPECT_EQ(1u, tries(valuables + "/dead")) << "no lock";
  std::ofstream(valuables + "/dead/.lock") << "";
  EXPECT_EQ(1u, tries(valuables + "/dead")) << "a lock that others may open";
  ASSERT_EQ(0, ::chmod((valuables + "/dead/.lock").c_str(), 0600));
  EXPECT_EQ(1u, tries(spill_root() + "/link/dead")) << "a root that is a link";
  fs::create_directory_symlink(valuables + "/dead", spill_root() + "/dead");
  EXPECT_EQ(1u, tries(spill_root() + "/dead")) << "a directory that is a link";
  EXPECT_EQ(1u, tries(spill_root() + "/innocent")) << "another run";
  EXPECT_EQ(1u, tries("relative/dead"));
  EXPECT_EQ(1u, tries("/"));
  EXPECT_EQ(1u, tries("/etc"));
  EXPECT_EQ(0u, tries(spill_root() + "/nowhere/dead"));
  EXPECT_EQ(0u, tries(root_ + "/dead")) << "itself";
  EXPECT_TRUE(fs::exists(valuables + "/dead/task/file"));
  EXPECT_TRUE(fs::exists(spill_root() + "/innocent/task/1.value"));
  EXPECT_TRUE(fs::exists("/etc/passwd"));
}

TEST_F(SweepTest, SweepersMayRunAtOnce) {
  constexpr int kRuns = 60;
  for (int i = 0; i < kRuns; ++i)
    i % 2 == 0 ? MakeDeadRun("dead-" + std::to_string(i)) : MakeSpilledRun("dead-" + std::to_string(i));
  std::vector<pid_t> sweepers;
  for (int i = 0; i < 4; ++i) {
    const pid_t sweeper = ::fork();
    if (sweeper == 0) {
      const Report report = SweepRoot(i % 2 == 0 ? root_ : spill_root());
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
  EXPECT_EQ(Names{}, NamesIn(spill_root()));
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
    ASSERT_OK(RunDirectory::Create({.root = root_, .run = "made-" + std::to_string(i)}, &run));
    ASSERT_TRUE(fs::exists(run.path()));
    ASSERT_OK(run.Remove());
  }
  int status = 0;
  ASSERT_EQ(sweeper, ::waitpid(sweeper, &status, 0));
  EXPECT_EQ(0, status);
}

}  // namespace
}  // namespace otto::test
