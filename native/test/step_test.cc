// A writer that is killed at every named step of the protocol (core/step.h), in every operation and in every kind of
// space.
#include "core/step.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cctype>

#include "kill/operations.h"
#include "rig.h"

namespace {

// What the steps of a victim count, in memory that it shares with the test.
struct Trap {
  std::atomic<int> steps_until_death;  // 0: it lives
  std::atomic<int> last_step;
  std::atomic<std::uint32_t> seen[64];
};

Trap* SharedTrap() {
  static auto* trap =
      static_cast<Trap*>(::mmap(nullptr, sizeof(Trap), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  return trap;
}

std::atomic<bool> is_victim{false};

}  // namespace

extern "C" void otto_step(int step) {
  if (!is_victim) return;
  Trap* trap = SharedTrap();
  trap->last_step = step;
  ++trap->seen[step];
  if (trap->steps_until_death > 0 && --trap->steps_until_death == 0) ::raise(SIGKILL);
}

namespace otto::test::kill {
namespace {

// How much is left where it is full: nothing, or so much that a large value begins in memory and ends on disk.
struct Place {
  Space space = Space::kPlenty;
  std::uint64_t free_bytes = 0;
};
constexpr Place kPlaces[] = {{Space::kPlenty, 0},
                             {Space::kFull, 0},
                             {Space::kFull, 600000},
                             {Space::kFullButSpills, 0},
                             {Space::kFullButSpills, 600000},
                             {Space::kBudget, 0}};

enum class End : std::uint8_t { kKilled, kDone, kNoSpace, kFailed };

// Plays one operation in a process that dies at step `death` (0: at none).
class Play {
 public:
  Play(const Operation& operation, const Place& place, Situation* situation)
      : operation_(operation), place_(place), situation_(*situation), scene_(operation) {}

  void Prepare() {
    ASSERT_OK(situation_.BeginEpoch());
    ASSERT_OK(scene_.Prepare(situation_));
    situation_.LeaveFree(place_.free_bytes);
  }

  End Run(int death) {
    SharedTrap()->steps_until_death = death;
    const pid_t victim = ::fork();
    if (victim == 0) {
      if (!scene_.OpenAsVictim().ok()) ::_exit(9);
      is_victim = true;
      const Status played = scene_.Play();
      ::_exit(played.ok() ? 0 : played.code() == StatusCode::kNoSpace ? 3 : 9);
    }
    int status = 0;
    EXPECT_EQ(victim, ::waitpid(victim, &status, 0));
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return End::kKilled;
    if (!WIFEXITED(status) || WEXITSTATUS(status) > 3) return End::kFailed;
    return WEXITSTATUS(status) == 0 ? End::kDone : End::kNoSpace;
  }

  // What everybody may rely on afterwards.
  void Check(End end) {
    std::string problem;
    Region reader;
    Region survivor;
    ASSERT_OK(Region::Attach(situation_.task_directory().c_str(), Access::kRead, &reader));
    const Scene::Seen found = scene_.Look(reader, &problem);
    ASSERT_EQ("", problem);
    EXPECT_TRUE(end != End::kDone || found.is_new);
    EXPECT_TRUE(end != End::kNoSpace || found.is_old);
    for (int i = 0; i < 24; ++i) ASSERT_TRUE(scene_.LookAtNeighbours(reader, &problem)) << problem;
    GrowableArray<Entry> entries;
    ASSERT_OK(reader.List(&entries));
    if (MayRefuse(place_.space)) situation_.LeaveFree(1000000);
    for (const Access access : {Access::kWriteOnce, Access::kWrite}) {
      ASSERT_OK(Region::Attach(situation_.task_directory().c_str(), access, &survivor));
      ASSERT_TRUE(scene_.SetAsSurvivor(&survivor, &problem)) << problem;
    }
    CheckThatItCanBeDoneAgain();
    std::string left;
    ASSERT_TRUE(situation_.EndEpochBySweeping(&left)) << left;
  }

 private:
  // The same operation by the next writer: nothing of the dead one is in its way.
  void CheckThatItCanBeDoneAgain() {
    if (operation_.makes_own_file || MayRefuse(place_.space)) return;
    std::string problem;
    ASSERT_OK(scene_.OpenAsVictim());
    ASSERT_OK(scene_.Play());
    Region reader;
    ASSERT_OK(Region::Attach(situation_.task_directory().c_str(), Access::kRead, &reader));
    EXPECT_TRUE(scene_.Look(reader, &problem).is_new) << problem;
  }

  const Operation& operation_;
  const Place& place_;
  Situation& situation_;
  Scene scene_;
};

class StepTest : public ::testing::TestWithParam<Place> {
 protected:
  void SetUp() override {
    std::string why;
    ASSERT_TRUE(situation_.SetUp(GetParam().space, &why)) << why;
  }
  bool MayEndWith(End end, const Operation& operation) const {
    if (end == End::kNoSpace) return MayRefuse(GetParam().space) || operation.makes_own_file;
    return end == End::kDone;
  }

  Situation situation_;
};

TEST_P(StepTest, AWriterKilledAtAnyStepLeavesOldOrNewAndBlocksNobody) {
  for (const Operation& operation : AllOperations()) {
    End end = End::kKilled;
    for (int death = 1; end == End::kKilled; ++death) {
      Play play(operation, GetParam(), &situation_);
      ASSERT_NO_FATAL_FAILURE(play.Prepare());
      end = play.Run(death);
      SCOPED_TRACE(std::string(operation.name) + ", killed at its " + std::to_string(death) +
                   ". step, which is number " + std::to_string(SharedTrap()->last_step) + " of core/step.h");
      ASSERT_NO_FATAL_FAILURE(play.Check(end));
      ASSERT_LT(death, 1000);
    }
    EXPECT_TRUE(MayEndWith(end, operation)) << operation.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Everywhere, StepTest, ::testing::ValuesIn(kPlaces), [](const auto& place) {
  std::string name = std::string(NameOf(place.param.space)) + std::to_string(place.param.free_bytes);
  std::erase_if(name, [](char c) { return std::isalnum(c) == 0; });
  return name;
});

class SealStepTest : public RunTest {};

TEST_F(SealStepTest, AProcessKilledWhileItSealsLeavesTheRegionOpenOrSealed) {
  for (int death = 1; death <= 2; ++death) {
    ASSERT_OK(Put(&region_, "key", "value"));
    SharedTrap()->steps_until_death = death;
    const pid_t victim = ::fork();
    if (victim == 0) {
      is_victim = true;
      const Status sealed = region_.Seal();
      ::_exit(sealed.ok() ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(victim, ::waitpid(victim, &status, 0));
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(death == 2, region_.sealed());
    EXPECT_EQ("value", Fetch(region_, "key"));
  }
}

// That no step is forgotten: the operations above, and sealing, come past all that the core has.
TEST(Steps, AllArePassedBySomeOperation) {
  for (const Place& place : kPlaces) {
    Situation situation;
    std::string why;
    ASSERT_TRUE(situation.SetUp(place.space, &why)) << why;
    for (const Operation& operation : AllOperations()) {
      Play play(operation, place, &situation);
      ASSERT_NO_FATAL_FAILURE(play.Prepare());
      const End end = play.Run(0);
      ASSERT_NO_FATAL_FAILURE(play.Check(end)) << operation.name;
    }
  }
  std::vector<int> missed;
  for (int step = 1; step < static_cast<int>(Step::kCount); ++step) {
    const bool seals = step == static_cast<int>(Step::kBeforeSeal) || step == static_cast<int>(Step::kAfterSeal);
    if (!seals && SharedTrap()->seen[step] == 0) missed.push_back(step);
  }
  EXPECT_EQ(std::vector<int>(), missed) << "numbers of core/step.h";
}

}  // namespace
}  // namespace otto::test::kill
