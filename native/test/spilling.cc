#include "spilling.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>

namespace otto::test {

void ObjectsElsewhere::Put(const std::string& directory) {
  // Else the programs of others would find it.
  ASSERT_NE(nullptr, std::getenv("OTTO_OWN_MOUNTS")) << "this test runs with objects/own_mounts_main.cc only";
  put_ = ::mount(directory.c_str(), "/dev/shm", nullptr, MS_BIND, nullptr) == 0;
  ASSERT_TRUE(put_);
}

ObjectsElsewhere::~ObjectsElsewhere() {
  if (put_) ::umount2("/dev/shm", MNT_DETACH);
}

void Spilling::FillMemory() const {
  const int fd = ::open((memory_.path() + "/filler").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const std::string page(4096, 'f');
  while (::write(fd, page.data(), page.size()) > 0) {
  }
  ::close(fd);
}

void Spilling::EmptyMemory() const {
  ::unlink((memory_.path() + "/filler").c_str());
}

}  // namespace otto::test
