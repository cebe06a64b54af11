// main() of suites that run with the back end of objects on a shared memory that they choose themselves: they get
// mounts of their own, in which nothing they do is seen by others. Without macOS's rules: what a full system says,
// Linux says.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int argc, char** argv) {
  ::setenv("OTTO_SHM_BACKEND", "objects", 1);
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    std::fprintf(stderr, "these tests need mounts of their own (CAP_SYS_ADMIN): %s\n", std::strerror(errno));
    return 1;
  }
  ::setenv("OTTO_OWN_MOUNTS", "1", 1);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
