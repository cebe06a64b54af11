// The rules themselves: what breaks one is told and counted, what keeps them works.
#include "mac_rules.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace otto::test {
namespace {

class MacRulesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    name_ = "/otto-rules-" + std::to_string(::getpid());
    object_ = ::shm_open(name_.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    ASSERT_GE(object_, 0);
    before_ = MacRulesBroken();
  }
  void TearDown() override {
    ::close(object_);
    EXPECT_EQ(0, ::shm_unlink(name_.c_str()));
    EXPECT_EQ(std::vector<std::string>{}, ObjectsLeft());
  }
  // `result` is -1 with this errno, and one more rule was broken.
  void ExpectBroken(int error, long result) {
    EXPECT_EQ(error, errno);
    EXPECT_EQ(-1, result);
    EXPECT_EQ(++before_, MacRulesBroken());
  }

  std::string name_;
  int object_ = -1;
  int before_ = 0;
};

TEST_F(MacRulesTest, AnObjectGetsItsSizeOnceInWholePages) {
  EXPECT_EQ(0, ::ftruncate(object_, 100));
  struct stat info {};
  EXPECT_EQ(0, ::fstat(object_, &info));
  EXPECT_EQ(16384, info.st_size);
  EXPECT_EQ(before_, MacRulesBroken());
  ExpectBroken(EINVAL, ::ftruncate(object_, 20000));
}

TEST_F(MacRulesTest, AnObjectIsOnlyMappedAndNotBeyondItsEnd) {
  ASSERT_EQ(0, ::ftruncate(object_, 16384));
  char byte = 'x';
  iovec vector{&byte, 1};
  ExpectBroken(ENXIO, ::read(object_, &byte, 1));
  ExpectBroken(ENXIO, ::write(object_, &byte, 1));
  ExpectBroken(ENXIO, ::pread(object_, &byte, 1, 0));
  ExpectBroken(ENXIO, ::pwrite(object_, &byte, 1, 0));
  ExpectBroken(ENXIO, ::pwritev(object_, &vector, 1, 0));
  ExpectBroken(ESPIPE, ::lseek(object_, 0, SEEK_SET));
  void* mapped = ::mmap(nullptr, 16384, PROT_READ | PROT_WRITE, MAP_SHARED, object_, 0);
  ASSERT_NE(MAP_FAILED, mapped);
  static_cast<char*>(mapped)[16383] = 'x';
  ::munmap(mapped, 16384);
  EXPECT_EQ(MAP_FAILED, ::mmap(nullptr, 16385, PROT_READ, MAP_SHARED, object_, 0));
  ExpectBroken(EINVAL, -1);
  EXPECT_EQ(MAP_FAILED, ::mmap(nullptr, 16384, PROT_READ, MAP_PRIVATE, object_, 0));
  ExpectBroken(EINVAL, -1);
}

TEST_F(MacRulesTest, NamesAreShortAndCannotBeListed) {
  ExpectBroken(ENAMETOOLONG, ::shm_open("/otto-0123456789abcdef0123456789a", O_RDWR | O_CREAT, 0600));
  ExpectBroken(EINVAL, ::shm_open("/otto/deeper", O_RDWR | O_CREAT, 0600));
  ExpectBroken(EINVAL, ::shm_open(name_.c_str(), O_RDWR | O_NONBLOCK, 0));
  EXPECT_EQ(nullptr, ::opendir("/dev/shm"));
  ExpectBroken(ENOENT, -1);
  ExpectBroken(ENOENT, ::open(("/dev/shm" + name_).c_str(), O_RDONLY | O_CLOEXEC));
}

TEST_F(MacRulesTest, WhatOnlyLinuxHasFailsWithoutBreakingARule) {
  ASSERT_EQ(0, ::ftruncate(object_, 16384));
  int pipe[2];
  ASSERT_EQ(0, ::pipe2(pipe, O_CLOEXEC));
  EXPECT_EQ(-1, ::fallocate(object_, 0, 0, 4096));
  EXPECT_EQ(EOPNOTSUPP, errno);
  EXPECT_EQ(-1, ::splice(object_, nullptr, pipe[1], nullptr, 1, 0));
  EXPECT_EQ(EINVAL, errno);
  EXPECT_EQ(-1, ::sendfile(pipe[1], object_, nullptr, 1));
  EXPECT_EQ(EINVAL, errno);
  EXPECT_EQ(-1, ::copy_file_range(object_, nullptr, pipe[1], nullptr, 1, 0));
  EXPECT_EQ(EINVAL, errno);
  EXPECT_EQ(before_, MacRulesBroken());
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST_F(MacRulesTest, WhatAChildDoesIsCountedToo) {
  const std::string other = name_ + "-child";
  const pid_t child = ::fork();
  if (child == 0) {
    ::shm_open(other.c_str(), O_RDWR | O_CREAT | O_EXCL | O_SYNC, 0600);
    const int fd = ::shm_open(other.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
    ::_exit(fd >= 0 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(child, ::waitpid(child, &status, 0));
  EXPECT_EQ(0, status);
  EXPECT_EQ(++before_, MacRulesBroken());
  EXPECT_EQ((std::vector<std::string>{"/dev/shm" + name_, "/dev/shm" + other}), ObjectsLeft());
  EXPECT_EQ(0, ::shm_unlink(other.c_str()));
}

}  // namespace
}  // namespace otto::test
