// A writer that is stopped after every single machine instruction: what others see then is what they would see for ever if it had been
// killed there. So this tries every moment at which a writer can die, and not only those that somebody thought of.
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kill/operations.h"
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

  // Plays the operation between two stops.
  pid_t StartVictim() {
    const pid_t victim = ::fork();
    if (victim != 0) return victim;
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0 || !scene_.OpenAsVictim().ok()) ::_exit(1);
    ::raise(SIGSTOP);
    const bool done = scene_.Play().ok();
    ::raise(SIGUSR1);
    ::_exit(done ? 0 : 2);
  }

  // Which signal stopped it; 0 when it has ended.
  static int SignalOf(pid_t victim) {
    int status = 0;
    if (::waitpid(victim, &status, 0) != victim || !WIFSTOPPED(status)) return 0;
    return WSTOPSIG(status);
  }

  // Everything that others may ask of the region while the victim lies still.
  void LookAround(std::uint64_t instruction, Scene::Seen* last) {
    std::string problem;
    const Scene::Seen seen = scene_.Look(reader_, &problem);
    if (last->is_new && !seen.is_new) problem = "the new value has gone again";
    *last = seen;
    scene_.LookAtNextNeighbour(reader_, &problem);
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
  const pid_t victim = StartVictim();
  ASSERT_EQ(SIGSTOP, SignalOf(victim)) << "the writer cannot be traced";
  ASSERT_EQ(0, ::ptrace(PTRACE_SETOPTIONS, victim, nullptr, PTRACE_O_EXITKILL));
  Scene::Seen seen;
  std::uint64_t instructions = 0;
  for (int signal = 0; signal != SIGUSR1 && !HasFatalFailure(); ++instructions) {
    ASSERT_EQ(0, ::ptrace(PTRACE_SINGLESTEP, victim, nullptr, nullptr));
    signal = SignalOf(victim);
    ASSERT_TRUE(signal == SIGTRAP || signal == SIGUSR1) << "stopped by signal " << signal;
    LookAround(instructions, &seen);
  }
  EXPECT_TRUE(seen.is_new) << "the operation has failed";
  EXPECT_GT(instructions, 300u);
  ::kill(victim, SIGKILL);
  EXPECT_EQ(0, SignalOf(victim));
  RecordProperty("instructions", static_cast<int>(instructions));
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
