// What the system, a file system or somebody who shares a descriptor may do to otto's system calls.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>

#include "base/status.h"
#include "core/reaper.h"
#include "posix/directory.h"
#include "posix/fault_guard.h"
#include "posix/file.h"
#include "posix/stream.h"
#include "rig.h"

namespace otto::test {
namespace {

namespace fs = std::filesystem;

// How a child ends that does `work` in a process of its own: its exit code, or 128 and its signal.
template <typename Work>
int EndOf(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work() ? 0 : 1);
  int status = 0;
  EXPECT_EQ(child, ::waitpid(child, &status, 0));
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

class NamesTest : public ::testing::Test {
 protected:
  void SetUp() override { directory_ = NewTemporaryDirectory("/tmp"); }
  void TearDown() override { fs::remove_all(directory_); }
  posix::At At(const char* name) { return {fd_.get(), name, name}; }
  void Open() { ASSERT_OK(posix::OpenPrivateDirectory(directory_.c_str(), &fd_)); }

  std::string directory_;
  posix::Descriptor fd_;
};

TEST_F(NamesTest, WhoStopsAListingSaysWhyHimself) {
  std::ofstream(directory_ + "/file");
  Open();
  const auto stop = [](void*, const char*) {
    errno = EACCES;
    return false;
  };
  EXPECT_OK(posix::ForEachName(At("."), stop, nullptr));
}

TEST_F(NamesTest, WhatCannotBeRemovedIsNamed) {
  const std::string tree = directory_ + "/tree";
  const std::string other = directory_ + "/other";  // of the same file system
  fs::create_directories(tree + "/mounted");
  fs::create_directories(other);
  ASSERT_EQ(0, ::mount(other.c_str(), (tree + "/mounted").c_str(), nullptr, MS_BIND, nullptr)) << "needs CAP_SYS_ADMIN";
  const posix::At at{posix::kWorkingDirectory, tree.c_str(), tree.c_str()};
  const Status removed = posix::RemoveTree(at, "", nullptr);
  EXPECT_EQ(0, ::umount2((tree + "/mounted").c_str(), MNT_DETACH));
  EXPECT_EQ("cannot remove " + tree + "/mounted: Device or resource busy", Words(removed));
}

// As NFS and 9p answer.
bool DenyRenameFlags() {
  sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args) + 4 * sizeof(std::uint64_t)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{std::size(rules), rules};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 &&
         ::syscall(SYS_renameat2, AT_FDCWD, "/", AT_FDCWD, "/", RENAME_NOREPLACE) == -1 && errno == EINVAL;
}

TEST_F(NamesTest, ARunNeedsNoRenamingThatNeverReplaces) {
  const auto run_all = [this] {
    if (!DenyRenameFlags()) return false;
    RunDirectory run;
    Region region;
    EXPECT_OK(
        RunDirectory::Create({.root = directory_ + "/memory", .run = "run", .spill_root = directory_ + "/disk"}, &run));
    EXPECT_OK(run.CreateTask("build", {}, &region));
    std::ofstream(std::string(region.task_directory()) + "/file") << "adopted";
    ::chmod((std::string(region.task_directory()) + "/file").c_str(), 0600);
    EXPECT_OK(region.AdoptFile({"key", ValueType::kString, "file"}));
    EXPECT_EQ("adopted", Fetch(region, "key"));
    run = {};  // as one whose runner was killed
    EXPECT_OK(Sweep(directory_ + "/memory", {}));
    EXPECT_EQ(std::vector<std::string>{}, NamesIn(directory_ + "/memory"));
    EXPECT_EQ(std::vector<std::string>{}, NamesIn(directory_ + "/disk"));
    return !HasFailure();
  };
  EXPECT_EQ(0, EndOf(run_all));
}

TEST_F(NamesTest, NothingIsReplacedWhereTheSystemDoesNotPromiseIt) {
  for (const char* name : {"file", "other"}) std::ofstream(directory_ + "/" + name) << name;
  fs::create_directories(directory_ + "/new");
  fs::create_directories(directory_ + "/empty");
  Open();
  const auto rename_all = [this] {
    if (!DenyRenameFlags()) return false;
    EXPECT_EQ(EEXIST, posix::RenameAt(At("file"), "other").error_number());
    EXPECT_EQ(EEXIST, posix::RenameAt(At("new"), "empty").error_number());
    EXPECT_EQ(EEXIST, posix::RenameAt(At("new"), "file").error_number());
    EXPECT_EQ(ENOENT, posix::RenameAt(At("none"), "free").error_number());
    EXPECT_OK(posix::RenameAt(At("file"), "moved"));
    EXPECT_OK(posix::RenameAt(At("new"), "made"));
    EXPECT_EQ((std::vector<std::string>{"empty", "made", "moved", "other"}), NamesIn(directory_));
    posix::Descriptor moved;
    EXPECT_OK(posix::OpenRegularFile((directory_ + "/moved").c_str(), &moved));
    struct stat info {};
    EXPECT_EQ(0, ::fstat(moved.get(), &info));
    EXPECT_EQ(1u, info.st_nlink);
    return !HasFailure();
  };
  EXPECT_EQ(0, EndOf(rename_all));
}

// A shell or Node may have made the descriptor non-blocking, which all see who share it.
class NonBlockingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(0, ::pipe2(ends_, O_NONBLOCK | O_CLOEXEC));
    content_ = std::string(3000000, 'c');
  }
  void TearDown() override {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  // Reads all that comes through the pipe, in a process of its own, and says whether it is the content.
  template <typename Write>
  void ExpectContentFrom(const Write& write) {
    const int received = EndOf([&] {
      const pid_t writer = ::fork();
      if (writer == 0) ::_exit(write(posix::Target{ends_[1], "pipe"}).ok() ? 0 : 1);
      std::string all(content_.size(), '\0');
      std::size_t count = 0;
      EXPECT_OK(posix::ReadUpTo({ends_[0], "pipe"}, std::as_writable_bytes(std::span(all)), &count));
      int status = 1;
      ::waitpid(writer, &status, 0);
      return all == content_ && status == 0;
    });
    EXPECT_EQ(0, received);
  }

  int ends_[2] = {-1, -1};
  std::string content_;
};

TEST_F(NonBlockingTest, ReadAndWriteWait) {
  ExpectContentFrom([this](const posix::Target& pipe) { return posix::WriteAll(pipe, AsBytes(content_)); });
}

TEST_F(NonBlockingTest, AFileIsSentWhole) {
  ExpectContentFrom([this](const posix::Target& pipe) {
    const posix::Descriptor file(::memfd_create("content", MFD_CLOEXEC));
    Status status = posix::WriteAll({file.get(), "file"}, AsBytes(content_));
    return status.ok() ? posix::SendFromStart({file.get(), "file"}, content_.size(), pipe) : std::move(status);
  });
}

TEST_F(NonBlockingTest, AStreamIsReadWhole) {
  const int copied = EndOf([this] {
    const pid_t writer = ::fork();
    if (writer == 0) ::_exit(posix::WriteAll({ends_[1], "pipe"}, AsBytes(content_)).ok() ? 0 : 1);
    const posix::Descriptor file(::memfd_create("copy", MFD_CLOEXEC));
    posix::StreamReader stream({ends_[0], "pipe"});
    std::uint64_t all = 0;
    while (all < content_.size()) {
      std::uint64_t moved = 0;
      if (!stream.MoveTo({file.get(), "copy"}, content_.size() - all, &moved).ok()) return false;
      all += moved;
    }
    return all == content_.size();
  });
  EXPECT_EQ(0, copied);
}

TEST(FaultGuardTest, ASignalThatSomebodySendsDoesWhatItDidBefore) {
  EXPECT_EQ(128 + SIGBUS, EndOf([] {
              ::signal(SIGBUS, SIG_DFL);  // a sanitizer has a handler of its own
              posix::RenewFaultGuard();
              return ::raise(SIGBUS) == 0;
            }));
  EXPECT_EQ(0, EndOf([] {
              ::signal(SIGBUS, SIG_IGN);
              posix::RenewFaultGuard();
              ::raise(SIGBUS);
              struct sigaction now {};
              ::sigaction(SIGBUS, nullptr, &now);
              return (now.sa_flags & SA_SIGINFO) != 0;  // the guard is still there
            }));
}

TEST(StatusTest, ALimitOnOpenFilesIsNamed) {
  EXPECT_EQ("cannot open file: this process has too many files open; raise \"ulimit -n\"",
            Words(Status::FromErrno("open", "file", EMFILE)));
  EXPECT_EQ(EMFILE, Status::FromErrno("open", "file", EMFILE).error_number());
  EXPECT_NE(std::string::npos, Words(Status::FromErrno("open", "file", ENFILE)).find("fs.file-max"));
}

}  // namespace
}  // namespace otto::test
