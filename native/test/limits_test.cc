// What the system may deny a process: address space, long files, fallocate(2). Named, never a crash.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "core/reaper.h"
#include "core/value_file.h"
#include "spilling.h"

namespace otto::test {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

void Limit(decltype(RLIMIT_AS) what, std::uint64_t bytes) {
  const rlimit limit{bytes, RLIM_INFINITY};
  ASSERT_EQ(0, ::setrlimit(what, &limit));
}

bool Says(const Status& status, StatusCode code, std::string_view words) {
  if (status.code() == code && Words(status).find(words) != std::string::npos) return true;
  std::fprintf(stderr, "expected \"%.*s\": %s\n", static_cast<int>(words.size()), words.data(), Words(status).c_str());
  return false;
}

#if !defined(__SANITIZE_ADDRESS__)  // which needs terabytes of address space itself
class AddressSpaceTest : public RunTest {
 protected:
  // Whether `work(directory)` is content in a process that may have so much address space.
  template <typename Work>
  bool Within(std::uint64_t bytes, const Work& work) {
    return InChild(
        [this, bytes] {
          region_.Close();  // its mapping would count
          Limit(RLIMIT_AS, bytes);
        },
        work);
  }
  // The same, with so much more than it has already, once the region is closed or, in the second case, while it is
  // open.
  template <typename Work>
  bool WithinMore(std::uint64_t bytes, const Work& work) {
    return InChild(
        [this, bytes] {
          region_.Close();
          Limit(RLIMIT_AS, AddressSpace() + bytes);
        },
        work);
  }
  template <typename Work>
  bool OpenWithinMore(std::uint64_t bytes, const Work& work) {
    return InChild([bytes] { Limit(RLIMIT_AS, AddressSpace() + bytes); }, work);
  }

 private:
  static std::uint64_t AddressSpace() {
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }
  template <typename Restrict, typename Work>
  bool InChild(const Restrict& restrict, const Work& work) {
    const std::string directory = task_directory();
    const pid_t child = ::fork();
    if (child == 0) {
      restrict();
      ::_exit(work(directory.c_str()) ? 0 : 1);
    }
    int status = 0;
    EXPECT_EQ(child, ::waitpid(child, &status, 0));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
};

TEST_F(AddressSpaceTest, ARegionTakesWhatThereIsAndLeavesRoomForTheProgram) {
  for (const std::uint64_t limit : {100 * kMiB, 300 * kMiB, 3000 * kMiB, 30000 * kMiB}) {
    EXPECT_TRUE(Within(limit, [limit](const char* directory) {
      Region regions[3];
      for (Region& region : regions) {
        if (!Says(Region::Attach(directory, Access::kWrite, &region), StatusCode::kOk, "ok")) return false;
      }
      for (int i = 0; i < 2000; ++i) {
        if (!Put(&regions[i % 3], "key-" + std::to_string(i), std::string(1000, 'v')).ok()) return false;
      }
      void* rest = std::malloc(limit / 4);
      const bool has_room = rest != nullptr;
      std::free(rest);
      return has_room && Keys(regions[0]).size() == 2000;
    })) << limit;
  }
}

TEST_F(AddressSpaceTest, WhatLiesBeyondTheMappingIsNamedNotCorrupt) {
  for (int i = 0; i < 60; ++i) ASSERT_OK(Put(&region_, "key-" + std::to_string(i), std::string(1000000, 'v')));
  EXPECT_TRUE(Within(100 * kMiB, [](const char* directory) {
    Region region;
    Value value;
    GrowableArray<Entry> entries;
    return Says(Region::Attach(directory, Access::kWriteOnce, &region), StatusCode::kOk, "ok") &&
           Says(region.Get("key-1", &value), StatusCode::kOk, "ok") && value.found &&
           Says(region.Get("key-59", &value), StatusCode::kTooLarge, "ulimit -v") &&
           Says(region.List(&entries), StatusCode::kTooLarge, "ulimit -v") &&
           Says(Put(&region, "new", "value"), StatusCode::kTooLarge, "ulimit -v");
  }));
  EXPECT_TRUE(Within(1000 * kMiB, [](const char* directory) {
    Region region;
    return Region::Attach(directory, Access::kRead, &region).ok() && Keys(region).size() == 60;
  })) << "more than an eighth is taken when the region needs it";
}

// A set that is larger than all that could be mapped moved the tail for ever.
TEST_F(AddressSpaceTest, AValueThatIsLargerThanTheMappingIsRefused) {
  const std::uint64_t tail = region_.file_bytes();
  for (const Access access : {Access::kWriteOnce, Access::kWrite}) {
    EXPECT_TRUE(WithinMore(8 * kMiB, [access](const char* directory) {
      Region region;
      const std::string value(kMaxInlineBytes, 'v');
      ::alarm(20);  // ends a child that hangs
      return Says(Region::Attach(directory, access, &region), StatusCode::kOk, "ok") &&
             Says(Put(&region, "key", value), StatusCode::kTooLarge, "ulimit -v") &&
             Says(Put(&region, "small", "value"), StatusCode::kOk, "ok") && Fetch(region, "small") == "value";
    }));
  }
  ASSERT_OK(Put(&region_, "key", std::string(kMaxInlineBytes, 'v')));
  EXPECT_LT(region_.file_bytes(), tail + 2 * kMiB) << "what was refused was given back";
}

TEST_F(AddressSpaceTest, AListThatMemoryCannotHoldIsAnErrorNotAShorterList) {
  for (int i = 0; i < 50000; ++i) ASSERT_OK(Put(&region_, "key-" + std::to_string(i), "value"));
  EXPECT_TRUE(OpenWithinMore(kMiB, [this](const char*) {
    GrowableArray<Entry> entries;
    return Says(region_.List(&entries), StatusCode::kIo, "get memory for");
  }));
}

TEST_F(AddressSpaceTest, ASweepThatMemoryCannotHoldIsAnError) {
  const std::string name(250, 'n');
  for (int i = 0; i < 10000; ++i) ASSERT_EQ(0, ::mkdir((root_ + "/" + name + std::to_string(i)).c_str(), 0700));
  EXPECT_TRUE(
      OpenWithinMore(kMiB, [this](const char*) { return Says(Sweep(root_, {}), StatusCode::kIo, "get memory for"); }));
}

// Nodes that are reached over and over are counted against the file; one that claims any length must not raise the
// count.
TEST_F(AddressSpaceTest, AFileThatClaimsToBeEndlessIsNotWalkedForEver) {
  const int fd = ::open(region_.path(), O_RDWR | O_CLOEXEC);
  constexpr std::uint64_t kFirst = 40960;
  for (std::uint64_t level = 0; level < kDeepestLevel; ++level) {
    const std::uint64_t below = level == 0 ? kFirst : kFirst + level * kNodeBytes;
    const std::vector<std::uint64_t> slots(level == 0 ? 4096 : 64, below | kSlotIsNode);
    const std::uint64_t at = level == 0 ? kRootOffset : below - kNodeBytes;
    ASSERT_LT(0, ::pwrite(fd, slots.data(), slots.size() * 8, static_cast<off_t>(at)));
  }
  ASSERT_EQ(0, ::ftruncate(fd, off_t{1} << 40));
  ::close(fd);
  EXPECT_TRUE(Within(100 * kMiB, [](const char* directory) {
    Region region;
    GrowableArray<Entry> entries;
    return Says(Region::Attach(directory, Access::kRead, &region), StatusCode::kOk, "ok") &&
           Says(region.List(&entries), StatusCode::kCorrupt, "rule 4");
  }));
}

TEST_F(AddressSpaceTest, WithoutAnyAddressSpaceTheLimitIsNamed) {
  EXPECT_TRUE(Within(kMiB / 2, [](const char* directory) {
    Region region;
    return Says(Region::Attach(directory, Access::kRead, &region), StatusCode::kTooLarge, "ulimit -v");
  }));
}
#endif

class FileSizeTest : public Spilling {
 protected:
  void SetUp() override {
    Spilling::SetUp();
    ASSERT_EQ(0, ::getrlimit(RLIMIT_FSIZE, &old_limit_));
    old_handler_ = ::signal(SIGXFSZ, SIG_IGN);
  }
  void TearDown() override {
    EXPECT_EQ(0, ::setrlimit(RLIMIT_FSIZE, &old_limit_));
    ::signal(SIGXFSZ, old_handler_);
    Spilling::TearDown();
  }
  rlimit old_limit_{};
  sighandler_t old_handler_ = SIG_DFL;
};

TEST_F(FileSizeTest, ALimitThatTheDiskWouldMeetTooIsNotSpilled) {
  ASSERT_OK(Put(&region_, "key", "old"));
  Limit(RLIMIT_FSIZE, 300000);
  EXPECT_TRUE(Says(Put(&region_, "key", std::string(400000, 'x')), StatusCode::kTooLarge, "ulimit -f"));
  ValueFile file;
  ASSERT_OK(region_.NewValueFile(&file));
  EXPECT_TRUE(Says(file.Append(AsBytes(std::string(400000, 'x'))), StatusCode::kTooLarge, "ulimit -f"));
  file.Discard();
  EXPECT_EQ("old", Fetch(region_, "key"));
  EXPECT_EQ((std::vector<std::string>{"inputs", "region"}), NamesIn(task_directory()));
  EXPECT_EQ((std::vector<std::string>{".lock"}), NamesIn(run_.spill_path()));
}

// And the second segment of a run whose disk is of that kind.
TEST(PlainFileSystemTest, TakesWhatMemoryHasNoRoomForWithoutFallocate) {
  SmallDisk memory;
  SmallDisk plain;
  memory.Mount(1024);
  plain.Mount(0, "ramfs");
  RunDirectory run;
  ASSERT_OK(RunDirectory::Create({.root = memory.path() + "/root", .run = "run", .spill_root = plain.path() + "/spill"},
                                 &run));
  Region region;
  ASSERT_OK(run.CreateTask("build", {}, &region));
  for (int i = 0; i < 5000; ++i) ASSERT_OK(Put(&region, "key-" + std::to_string(i), std::string(500, 'v')));
  const std::string spilled = std::string(run.spill_path()) + "/build/region.1";
  const posix::Descriptor second(::open(spilled.c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(-1, ::fallocate(second.get(), 0, 0, 4096)) << "then this test shows nothing";
  for (int i = 0; i < 5000; i += 11) EXPECT_EQ(std::string(500, 'v'), Fetch(region, "key-" + std::to_string(i)));
  region.Close();
  ASSERT_OK(run.Remove());
}

// ramfs has no fallocate(2).
TEST(PlainFileSystemTest, HoldsRegionsWithoutFallocate) {
  SmallDisk plain;
  plain.Mount(0, "ramfs");
  posix::Descriptor probe;
  ASSERT_OK(posix::CreateFile((plain.path() + "/probe").c_str(), &probe));
  ASSERT_EQ(-1, ::fallocate(probe.get(), 0, 0, 4096)) << "then this test shows nothing";
  RunDirectory run;
  ASSERT_OK(RunDirectory::Create({.root = plain.path() + "/root", .run = "run"}, &run));
  Region region;
  ASSERT_OK(run.CreateTask("build", {}, &region));
  for (int i = 0; i < 3000; ++i) ASSERT_OK(Put(&region, "key-" + std::to_string(i), std::string(500, 'v')));
  ASSERT_OK(Put(&region, "large", std::string(3000000, 'L')));
  for (int i = 0; i < 3000; i += 11) EXPECT_EQ(std::string(500, 'v'), Fetch(region, "key-" + std::to_string(i)));
  EXPECT_EQ(std::string(3000000, 'L'), Fetch(region, "large"));
  region.Close();
  ASSERT_OK(run.Remove());
}

}  // namespace
}  // namespace otto::test
