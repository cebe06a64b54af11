#include "posix/spawn_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "posix/pipe.h"
#include "rig.h"

namespace otto::test {
namespace {

// Starts programs with a pipe for their stdout, in "/".
class SpawnTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!posix::CanSpawnProcesses()) GTEST_SKIP() << "this system starts processes by Node only";
    posix::PipeEnds ends;
    ASSERT_OK(posix::OpenPipe(&ends));
    reader_ = posix::Descriptor(ends.reader);
    writer_ = posix::Descriptor(ends.writer);
  }

  Status Spawn(std::vector<std::string> arguments, posix::Child* child, std::string path = "PATH=/bin:/usr/bin") {
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    char* const environment[] = {path.data(), nullptr};
    return posix::SpawnProcess({.file = arguments[0].c_str(),
                                .arguments = pointers.data(),
                                .environment = environment,
                                .directory = "/",
                                .standard_output = writer_.get(),
                                .standard_error = writer_.get()},
                               child);
  }

  std::string Output() {
    writer_.Close();
    std::string text;
    char buffer[4096];
    for (ssize_t n; (n = ::read(reader_.get(), buffer, sizeof buffer)) > 0;)
      text.append(buffer, static_cast<std::size_t>(n));
    return text;
  }

  static bool HasEnded(const posix::Child& child, int milliseconds) {
    pollfd wait{child.end.get(), POLLIN, 0};
    return ::poll(&wait, 1, milliseconds) == 1;
  }

  posix::Descriptor reader_;
  posix::Descriptor writer_;
};

TEST_F(SpawnTest, TellsTheEndOfAChildOnceItHasEnded) {
  posix::Child child;
  ASSERT_OK(Spawn({"sh", "-c", "echo out; exit 3"}, &child));
  EXPECT_EQ("out\n", Output());
  ASSERT_TRUE(HasEnded(child, -1));
  EXPECT_EQ(0, ::kill(child.pid, 0)) << "the pid must stay taken until the child is collected";
  EXPECT_EQ(3, posix::Reap(child).code);
  EXPECT_EQ(-1, ::kill(child.pid, 0));
}

TEST_F(SpawnTest, ARunningChildHasNotEndedAndCanBeKilled) {
  posix::Child child;
  ASSERT_OK(Spawn({"sleep", "1000"}, &child));
  EXPECT_FALSE(HasEnded(child, 0));
  ASSERT_EQ(0, ::kill(child.pid, SIGKILL));
  ASSERT_TRUE(HasEnded(child, -1));
  EXPECT_EQ(SIGKILL, posix::Reap(child).signal);
}

TEST_F(SpawnTest, KillAndReapLeavesNothing) {
  posix::Child child;
  ASSERT_OK(Spawn({"sleep", "1000"}, &child));
  posix::KillAndReap(child);
  EXPECT_EQ(-1, ::kill(child.pid, 0));
  EXPECT_EQ(-1, posix::Reap(child).code) << "nobody can collect it twice";
}

TEST_F(SpawnTest, GivesAChildNoDescriptorsButItsOwnWhereItCan) {
  const posix::Descriptor open(::fcntl(writer_.get(), F_DUPFD, 100));
  ASSERT_TRUE(open.valid());
  posix::Child child;
  ASSERT_OK(Spawn({"sh", "-c", "test -e /proc/self/fd/" + std::to_string(open.get())}, &child));
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
  EXPECT_EQ(1, posix::Reap(child).code);
#else
  EXPECT_EQ(0, posix::Reap(child).code);
#endif
}

TEST_F(SpawnTest, SaysWhyAProgramCouldNotBeStarted) {
  posix::Child child;
  for (const char* path : {"PATH=/bin:/usr/bin", "PATH=", "PATH=:::", "PATH=/dev/null:no/such"}) {
    const Status status = Spawn({"no-such-program"}, &child, path);
    EXPECT_EQ(ENOENT, status.error_number()) << path;
    EXPECT_STREQ("no-such-program", status.subject());
  }
  EXPECT_EQ(ENOENT, Spawn({""}, &child).error_number());
  EXPECT_EQ(EACCES, Spawn({"tmp"}, &child, "PATH=/:/bin").error_number());
}

TEST_F(SpawnTest, FailsWithoutADescriptorToWatchIt) {
  rlimit before;
  ASSERT_EQ(0, ::getrlimit(RLIMIT_NOFILE, &before));
  const rlimit none{static_cast<rlim_t>(::dup(0)), before.rlim_max};
  ::close(static_cast<int>(none.rlim_cur));
  ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &none));
  posix::Child child;
  const Status status = Spawn({"sleep", "1000"}, &child);
  ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &before));
  EXPECT_EQ(EMFILE, status.error_number());
}

}  // namespace
}  // namespace otto::test
