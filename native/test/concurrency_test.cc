// Eight processes that write to one region at once: nothing is lost. OTTO_TEST_SETS raises the number of sets of each
// process (scripts/kill-test.sh: a million).
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "rig.h"

namespace otto::test {
namespace {

constexpr unsigned kProcesses = 8;
constexpr unsigned kSharedKeys = 64;
constexpr unsigned kOwnKeys = 64;

unsigned SetsOfEach() {
  const char* text = std::getenv("OTTO_TEST_SETS");
  return text == nullptr ? 20000 : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

// What set `i` of a process does: half of them insert keys that nobody else sets, a quarter overwrites keys of the
// process' own, and a quarter keys that all processes set.
struct Step {
  Step(unsigned process, unsigned i) {
    const std::string who = std::to_string(process);
    const std::string when = std::to_string(i);
    if (i % 2 == 0) key = "p" + who + "-" + when;
    if (i % 4 == 1) key = "own-" + who + "-" + std::to_string(i / 4 % kOwnKeys);
    if (i % 4 == 3) key = "shared-" + std::to_string(i / 4 % kSharedKeys);
    value = who + ":" + when;
  }
  std::string key;
  std::string value;
};

// The last value that a process gave to key `index` of `count`, of the steps with i % 4 == `kind`.
unsigned LastStep(unsigned sets, unsigned kind, unsigned index, unsigned count) {
  unsigned last = 0;
  for (unsigned i = sets; i-- > 0;) {
    if (i % 4 != kind || i / 4 % count != index) continue;
    last = i;
    break;
  }
  return last;
}

class ConcurrencyTest : public RunTest {
 protected:
  void SetUp() override {
    RunTest::SetUp();
    ASSERT_EQ(0, ::pipe(gate_));
  }

  // All begin when the gate is opened.
  pid_t StartWriter(unsigned process) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    char byte = 0;
    ::close(gate_[1]);
    // Half of them reserve much at a time, the others each record on its own: both against each other.
    Region region = Attach(process % 2 == 0 ? Access::kWrite : Access::kWriteOnce);
    bool good = region.is_open() && ::read(gate_[0], &byte, 1) == 0;
    for (unsigned i = 0; i < sets_ && good; ++i) {
      const Step step(process, i);
      good = Put(&region, step.key, step.value).ok();
    }
    ::_exit(good ? 0 : 1);
  }

  void RunWriters() {
    std::vector<pid_t> children;
    for (unsigned process = 0; process < kProcesses; ++process) children.push_back(StartWriter(process));
    ::close(gate_[0]);
    ::close(gate_[1]);
    for (const pid_t child : children) {
      int status = 0;
      ASSERT_EQ(child, ::waitpid(child, &status, 0));
      ASSERT_EQ(0, status);
    }
  }

  int gate_[2] = {-1, -1};
  const unsigned sets_ = SetsOfEach();
};

TEST_F(ConcurrencyTest, EightProcessesLoseNothing) {
  RunWriters();
  unsigned lost = 0;
  for (unsigned process = 0; process < kProcesses; ++process) {
    for (unsigned i = 0; i < sets_; i += 2) {
      const Step step(process, i);
      if (Fetch(region_, step.key) != step.value) ++lost;
    }
    for (unsigned key = 0; key < kOwnKeys; ++key) {
      const Step last(process, LastStep(sets_, 1, key, kOwnKeys));
      if (Fetch(region_, last.key) != last.value) ++lost;
    }
  }
  EXPECT_EQ(0u, lost);
  // Each process' last value of a shared key replaced its own earlier ones, so one of the last must be there.
  for (unsigned key = 0; key < kSharedKeys; ++key) {
    const std::string value = Fetch(region_, "shared-" + std::to_string(key));
    const std::string last = ":" + std::to_string(LastStep(sets_, 3, key, kSharedKeys));
    EXPECT_TRUE(value.size() == 1 + last.size() && value.ends_with(last)) << value << ", not *" << last;
  }
  EXPECT_EQ(kProcesses * (sets_ / 2 + kOwnKeys) + kSharedKeys, Keys(region_).size());
}

TEST_F(ConcurrencyTest, TheOrderOfKeysIsTheOrderInWhichTheyWereFirstSet) {
  RunWriters();
  GrowableArray<Entry> entries;
  ASSERT_OK(region_.List(&entries));
  std::vector<unsigned> last_of(kProcesses, 0);
  std::uint64_t last_sequence = 0;
  for (const Entry& entry : entries) {
    ASSERT_LT(last_sequence, entry.sequence) << "two keys have one number";
    last_sequence = entry.sequence;
    if (!entry.key.starts_with('p')) continue;
    const auto process = static_cast<unsigned>(entry.key[1] - '0');
    const auto step = static_cast<unsigned>(std::strtoul(std::string(entry.key.substr(3)).c_str(), nullptr, 10));
    ASSERT_LE(last_of[process], step) << entry.key;
    last_of[process] = step;
  }
}

}  // namespace
}  // namespace otto::test
