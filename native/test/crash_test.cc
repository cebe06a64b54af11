// Processes that write at once, and processes that are killed while they write.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "rig.h"

namespace otto::test {
namespace {

class CrashTest : public RunTest {
 protected:
  // Runs `work(region)` in a child of its own; the child's exit code tells whether it was content.
  template <typename Work>
  pid_t Fork(Access access, const Work& work) const {
    const pid_t child = ::fork();
    if (child != 0) return child;
    Region region;
    const bool attached = Region::Attach(task_directory().c_str(), access, &region).ok();
    ::_exit(attached && work(region) ? 0 : 1);
  }
  static int ExitCodeOf(pid_t child) {
    int status = 0;
    EXPECT_EQ(child, ::waitpid(child, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
};

// A value that shows whether it is whole: its number, and its length and filling made from it.
std::string Telling(unsigned number) {
  return std::to_string(number) + ":" + std::string(number % 3000, static_cast<char>('a' + number % 26));
}

bool IsWhole(const std::string& value) {
  char* end = nullptr;
  const unsigned long number = std::strtoul(value.c_str(), &end, 10);
  return end != value.c_str() && value == Telling(static_cast<unsigned>(number));
}

TEST_F(CrashTest, ProcessesThatWriteAtOnceLoseNothing) {
  constexpr int kProcesses = 8;
  constexpr int kSets = 3000;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    // Both ways to reserve memory, against each other.
    children.push_back(Fork(p % 2 == 0 ? Access::kWrite : Access::kWriteOnce, [p](Region& region) {
      for (int i = 0; i < kSets; ++i) {
        const std::string name = std::to_string(p) + "/" + std::to_string(i);
        if (!Put(&region, name, name).ok()) return false;
      }
      return true;
    }));
  }
  for (const pid_t child : children) EXPECT_EQ(0, ExitCodeOf(child));
  EXPECT_EQ(static_cast<std::size_t>(kProcesses * kSets), Keys(region_).size());
  for (int p = 0; p < kProcesses; ++p) {
    for (int i = 0; i < kSets; i += 13) {
      const std::string name = std::to_string(p) + "/" + std::to_string(i);
      ASSERT_EQ(name, Fetch(region_, name));
    }
  }
}

TEST_F(CrashTest, AWriterKilledAtAnyMomentTearsNothingAndBlocksNobody) {
  constexpr int kRounds = 400;
  constexpr unsigned kKeys = 16;
  std::mt19937 random(20261123);
  for (int round = 0; round < kRounds; ++round) {
    int started[2];
    ASSERT_EQ(0, ::pipe(started));
    const auto seed = static_cast<unsigned>(round) * 1000;
    const pid_t child = Fork(round % 2 == 0 ? Access::kWrite : Access::kWriteOnce, [&](Region& region) {
      for (unsigned i = seed;; ++i) {
        if (!Put(&region, "k" + std::to_string(i % kKeys), Telling(i)).ok()) return false;
        if (i == seed && ::write(started[1], "!", 1) != 1) return false;
      }
    });
    char byte = 0;
    ::close(started[1]);
    ASSERT_EQ(1, ::read(started[0], &byte, 1)) << "the writer could not write";
    ::close(started[0]);
    // Reads while the writer writes, a number of times that differs from round to round, and then kills it.
    for (auto reads = static_cast<unsigned>(random() % 60); reads > 0; --reads) {
      const std::string value = Fetch(region_, "k" + std::to_string(reads % kKeys));
      ASSERT_TRUE(value == "<absent>" || IsWhole(value)) << value.substr(0, 80);
    }
    ::kill(child, SIGKILL);
    ASSERT_EQ(128 + SIGKILL, ExitCodeOf(child));
    ASSERT_OK(Put(&region_, "survivor", Telling(seed)));
    for (const std::string& key : Keys(region_)) ASSERT_TRUE(IsWhole(Fetch(region_, key))) << key;
  }
}

// Else every attempt would take from the space that is left, until nothing can be addressed.
TEST_F(CrashTest, AWriterThatFindsNoSpaceGivesBackWhatItHadReserved) {
  const auto tail = [this] {
    std::uint64_t found = 0;
    const int fd = ::open(region_.path(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(8, ::pread(fd, &found, sizeof found, offsetof(RegionHeader, tail)));
    ::close(fd);
    return found;
  };
  for (const Access access : {Access::kWriteOnce, Access::kWrite}) {
    const std::uint64_t before = tail();
    const pid_t child = Fork(access, [](Region& region) {
      ::signal(SIGXFSZ, SIG_IGN);
      const rlimit small{100000, 100000};
      return ::setrlimit(RLIMIT_FSIZE, &small) == 0 && !Put(&region, "key", std::string(300000, 'x')).ok();
    });
    EXPECT_EQ(0, ExitCodeOf(child));
    EXPECT_EQ(before, tail());
  }
}

TEST_F(CrashTest, ReadersOfAGrowingRegionNeedNoNewMapping) {
  std::vector<pid_t> readers;
  for (int r = 0; r < 4; ++r) {
    readers.push_back(Fork(Access::kRead, [](Region& region) {
      for (;;) {
        const std::string value = Fetch(region, "last");
        if (value == "end") return Fetch(region, "n29") == std::string(900000, 'n');
        if (value != "<absent>") return false;
      }
    }));
  }
  for (int i = 0; i < 30; ++i) ASSERT_OK(Put(&region_, "n" + std::to_string(i), std::string(900000, 'n')));
  ASSERT_OK(Put(&region_, "last", "end"));
  for (const pid_t reader : readers) EXPECT_EQ(0, ExitCodeOf(reader));
}

}  // namespace
}  // namespace otto::test
