// One process cuts, restores, lengthens and rewrites a task's files while others copy values out of them. Every copy is
// the right value or an error; nobody dies of it and nobody waits for ever.
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <random>

#include "rig.h"

namespace otto::test {
namespace {

constexpr std::size_t kReaders = 2;
constexpr std::uint64_t kEnough = 60;  // of right copies, and of errors where there must be some
constexpr int kMostRounds = 20000;     // a bound for a test that does not get enough of either: it then fails
constexpr std::uint64_t kPage = 4096;

// What the readers have seen; in memory that they share with the test.
struct Tally {
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> right{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> wrong{0};
  char first_wrong[256] = {};
};

// No byte is 0, which is what lost bytes read as.
std::string ValueOf(const std::string& key, std::size_t bytes) {
  std::string value(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) value[i] = static_cast<char>('A' + (i / 7 + key.size()) % 50);
  return value;
}

class TruncateTest : public RunTest {
 protected:
  void SetUp() override {
    RunTest::SetUp();
    void* shared = ::mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(MAP_FAILED, shared);
    tally_ = new (shared) Tally();
    for (const auto& [key, bytes] : values_) {
      expected_[key] = ValueOf(key, bytes);
      ASSERT_OK(Put(&region_, key, expected_[key]));
    }
    for (const std::string& name : {std::string("region"), std::string("1.value")}) {
      std::ifstream file(Path(name), std::ios::binary);
      intact_[name] = std::string(std::istreambuf_iterator<char>(file), {});
    }
  }
  void TearDown() override {
    ::munmap(tally_, sizeof(Tally));
    RunTest::TearDown();
  }
  std::string Path(const std::string& name) const { return task_directory() + "/" + name; }

  void Wrong(const std::string& what) const {
    if (tally_->wrong.fetch_add(1) == 0)
      std::snprintf(tally_->first_wrong, sizeof tally_->first_wrong, "%s", what.c_str());
  }
  void Count(const Status& status, const std::string& key, std::string_view copy) const {
    if (!status.ok()) {
      ++tally_->refused;
    } else if (copy == expected_.at(key)) {
      ++tally_->right;
    } else {
      const std::size_t zero = copy.find('\0');
      Wrong(key + ": " + std::to_string(copy.size()) + " bytes, the first 0 at " + std::to_string(zero));
    }
  }

  // Starts readers that repeat `read` until they are stopped, and meanwhile repeats `strike`. `errors`: whether some
  // are due.
  void Strike(const std::function<void()>& read, bool errors, const std::function<void(std::mt19937&)>& strike) {
    std::array<pid_t, kReaders> readers{};
    for (pid_t& reader : readers) {
      reader = ::fork();
      if (reader != 0) continue;
      while (!tally_->stop.load()) read();
      ::_exit(0);
    }
    std::mt19937 random(5);
    const auto enough = [&] { return tally_->right >= enough_ && (!errors || tally_->refused >= enough_); };
    for (int round = 0; round < kMostRounds && tally_->wrong == 0 && !enough() && !HasFailure(); ++round) {
      strike(random);
      if (random() % 4 != 0) AwaitReaders();
    }
    tally_->stop = true;
    for (const pid_t reader : readers) {
      int status = -1;
      ASSERT_EQ(reader, ::waitpid(reader, &status, 0));
      EXPECT_EQ(0, status) << "a reader died";
    }
    EXPECT_EQ(0u, tally_->wrong) << tally_->first_wrong;
    EXPECT_TRUE(enough()) << tally_->right << " right, " << tally_->refused << " refused";
    EXPECT_TRUE(errors || tally_->refused == 0) << tally_->refused << " refused";
  }

  // Until each reader has begun a copy after this call, and ended it; or some reader has died or seen a wrong value.
  void AwaitReaders() const {
    const auto ended = [&] { return tally_->right + tally_->refused; };
    const auto dead = [] {
      siginfo_t info{};
      return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
    };
    for (const std::uint64_t first = ended(); ended() < first + 2 * kReaders && tally_->wrong == 0 && !dead();) {
      ::sched_yield();
    }
  }

  // Cuts the file anywhere, at a multiple of `unit`, then makes it what it was.
  void CutAndRestore(const std::string& name, std::uint64_t unit, std::mt19937& random) const {
    const std::string& bytes = intact_.at(name);
    const int fd = ::open(Path(name).c_str(), O_RDWR | O_CLOEXEC);
    EXPECT_EQ(0, ::ftruncate(fd, static_cast<off_t>(random() % bytes.size() / unit * unit)));
    if (random() % 2 == 0) AwaitReaders();
    EXPECT_EQ(static_cast<ssize_t>(bytes.size()), ::pwrite(fd, bytes.data(), bytes.size(), 0));
    ::close(fd);
  }

  // Every value but that in a file, through a region opened for it.
  void ReadRegion() const {
    Region region;
    const Status attached = Region::Attach(task_directory().c_str(), Access::kRead, &region);
    for (const auto& [key, bytes] : values_) {
      if (key == "file") continue;
      Value value;
      Status done = attached.ok() ? region.Get(key, &value) : Status::Corrupt("", "");
      if (done.ok() && !value.found) Wrong(key + " is absent");
      std::string copy(done.ok() && value.found ? value.bytes : 0, '\0');
      if (done.ok() && value.found) done = region.Read(value, 0, std::as_writable_bytes(std::span(copy)));
      Count(done, key, copy);
    }
  }
  void ReadValueFile() const {
    Value value;
    Status done = region_.Get("file", &value);
    std::string copy(value.bytes, '\0');
    if (done.ok()) done = region_.Read(value, 0, std::as_writable_bytes(std::span(copy)));
    Count(done, "file", copy);
  }
  void CopyFromView() const {
    Value value;
    Status done = region_.Get("file", &value);
    posix::Mapping view;
    if (done.ok()) done = region_.MapValue(value, {0, value.bytes}, &view);
    std::string copy(reinterpret_cast<const char*>(view.data()), view.size());
    if (done.ok() && view.damaged()) done = Status::Corrupt("", "");
    Count(done, "file", copy);
  }

  const std::map<std::string, std::size_t> values_ = {{"tiny", 5},       {"small", 200}, {"page", 5000},
                                                      {"large", 150000}, {"last", 9000}, {"file", 2000000}};
  std::map<std::string, std::string> expected_;
  std::map<std::string, std::string> intact_;
  Tally* tally_ = nullptr;
  std::uint64_t enough_ = kEnough;
};

TEST_F(TruncateTest, ValuesOfARegionThatIsCut) {
  enough_ = 50 * kEnough;
  Strike([&] { ReadRegion(); }, true, [&](std::mt19937& random) { CutAndRestore("region", 1, random); });
}

TEST_F(TruncateTest, ValuesOfARegionThatGrows) {
  enough_ = 50 * kEnough;
  const auto grow = [&](std::mt19937& random) {
    const int fd = ::open(Path("region").c_str(), O_RDWR | O_APPEND | O_CLOEXEC);
    const std::string noise(random() % 5000, '?');
    EXPECT_EQ(static_cast<ssize_t>(noise.size()), ::write(fd, noise.data(), noise.size()));
    EXPECT_EQ(0, ::ftruncate(fd, static_cast<off_t>(intact_.at("region").size())));
    ::close(fd);
  };
  Strike([&] { ReadRegion(); }, false, grow);
}

TEST_F(TruncateTest, AValueFileThatIsCut) {
  Strike([&] { ReadValueFile(); }, true, [&](std::mt19937& random) { CutAndRestore("1.value", 1, random); });
}

TEST_F(TruncateTest, AValueFileThatChangesItsLengthUpwards) {
  const auto lengthen = [&](std::mt19937& random) {
    const auto bytes = static_cast<off_t>(intact_.at("1.value").size());
    EXPECT_EQ(0, ::truncate(Path("1.value").c_str(), bytes + 1 + static_cast<off_t>(random() % 9000)));
    if (random() % 2 == 0) AwaitReaders();
    EXPECT_EQ(0, ::truncate(Path("1.value").c_str(), bytes));
  };
  Strike([&] { ReadValueFile(); }, true, lengthen);
}

TEST_F(TruncateTest, AValueFileThatIsRewrittenWithTheSameBytes) {
  const auto rewrite = [&](std::mt19937&) {
    const std::string& bytes = intact_.at("1.value");
    const int fd = ::open(Path("1.value").c_str(), O_RDWR | O_CLOEXEC);
    EXPECT_EQ(static_cast<ssize_t>(bytes.size()), ::pwrite(fd, bytes.data(), bytes.size(), 0));
    ::close(fd);
  };
  Strike([&] { ReadValueFile(); }, false, rewrite);
}

TEST_F(TruncateTest, AValueFileThatIsReplacedByAnother) {
  const auto replace = [&](std::mt19937&) {
    const std::string& bytes = intact_.at("1.value");
    const int fd = ::open(Path("new").c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    EXPECT_EQ(0, ::rename(Path("new").c_str(), Path("1.value").c_str()));
    EXPECT_EQ(static_cast<ssize_t>(bytes.size()), ::pwrite(fd, bytes.data(), bytes.size(), 0));
    ::close(fd);
  };
  Strike([&] { ReadValueFile(); }, true, replace);
}

// A view shows zeros where bytes were lost. It can tell of lost pages; in the page that was cut it cannot.
TEST_F(TruncateTest, AViewOfAValueFileThatIsCutAtAPage) {
  Strike([&] { CopyFromView(); }, true, [&](std::mt19937& random) { CutAndRestore("1.value", kPage, random); });
}

#ifdef OTTO_MMAP_GET
// What the helper writes to a pipe are the file's own pages (splice): they stay what they are when they are cut off,
// but the page that is cut in two is changed under the reader's hands. So the cuts are at pages.
TEST_F(TruncateTest, AHelpersOutputWhileTheFilesAreCut) {
  ::setenv("OTTO_SHM_DIR", run_.path(), 1);
  ::setenv("OTTO_TASK", "build", 1);
  const auto read = [&] {
    for (const std::string key : {"file", "large", "page"}) {
      std::FILE* pipe = ::popen((OTTO_MMAP_GET " build " + key + " 2>/dev/null").c_str(), "r");
      std::string copy(values_.at(key) + 1, '\0');
      copy.resize(std::fread(copy.data(), 1, copy.size(), pipe));
      const int status = ::pclose(pipe);
      if (!WIFEXITED(status)) Wrong("the helper died");
      const int code = WEXITSTATUS(status);
      if (code != 0 && code != 4) Wrong("the helper's exit code is " + std::to_string(code));
      if (code != 0 && !expected_.at(key).starts_with(copy)) Wrong("a part of " + key + " is wrong");
      Count(code == 0 ? Status() : Status::Corrupt("", ""), key, copy);
    }
  };
  Strike(read, true,
         [&](std::mt19937& random) { CutAndRestore(random() % 2 == 0 ? "region" : "1.value", kPage, random); });
}
#endif

}  // namespace
}  // namespace otto::test
