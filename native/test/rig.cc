#include "rig.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "core/storage.h"
#include "posix/directory.h"
#include "posix/shared_object.h"

namespace otto::test {

std::string Words(const Status& status) {
  char text[1024];
  return std::string(text, status.Describe(text, sizeof text));
}

std::string NewTemporaryDirectory(const std::string& parent) {
  std::string path = parent + "/otto-test-XXXXXX";
  EXPECT_NE(nullptr, ::mkdtemp(path.data())) << path;
  return path;
}

bool UsesObjects() {
  Backend backend = Backend::kFiles;
  EXPECT_OK(ChooseBackend(&backend));
  return backend == Backend::kObjects;
}

const char* RunsParent() {
  return UsesObjects() ? "/tmp" : "/dev/shm";
}

// By system calls: macOS's rules, where they are kept, are not for hostile processes.
int OpenBytes(const std::string& path) {
  const posix::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  posix::ObjectName name;
  std::string bytes = path;
  if (posix::ReadStub({file.get(), path.c_str()}, &name).ok()) bytes = std::string("/dev/shm") + name.text;
  const long fd = ::syscall(SYS_openat, AT_FDCWD, bytes.c_str(), O_RDWR | O_CLOEXEC);
  EXPECT_GE(fd, 0) << bytes;
  return static_cast<int>(fd);
}

void CutOff(const std::string& path, off_t length) {
  const posix::Descriptor bytes(OpenBytes(path));
  EXPECT_EQ(0, ::syscall(SYS_ftruncate, bytes.get(), length));
}

void RemoveEverything(const std::string& path) {
  EXPECT_OK(posix::RemoveAnyAt({posix::kWorkingDirectory, path.c_str(), path.c_str()}));
}

void SmallDisk::Mount(int kibibytes, const char* type, const std::string& options) {
  path_ = NewTemporaryDirectory("/tmp");
  const std::string size = "size=" + std::to_string(kibibytes) + "k,";
  const bool sized = std::string_view(type) == "tmpfs";
  const std::string all = (sized ? size : "") + "mode=0700" + (options.empty() ? "" : "," + options);
  ASSERT_EQ(0, ::mount(type, path_.c_str(), type, 0, all.c_str()))
      << "these tests mount small file systems and need the right to (CAP_SYS_ADMIN): " << std::strerror(errno);
  mounted_ = true;
}

SmallDisk::~SmallDisk() {
  if (mounted_) {
    EXPECT_EQ(0, ::umount2(path_.c_str(), MNT_DETACH)) << path_;
  }
  if (!path_.empty()) ::rmdir(path_.c_str());
}

std::vector<std::string> NamesIn(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

Status Put(Region* region, std::string_view key, std::string_view value, ValueType type) {
  return region->Set({key, type, AsBytes(value)});
}

std::string Fetch(const Region& region, std::string_view key) {
  Value value;
  const Status found = region.Get(key, &value);
  if (!found.ok()) return Words(found);
  if (!value.found) return "<absent>";
  std::string bytes(value.bytes, '\0');
  const Status read = region.Read(value, 0, std::as_writable_bytes(std::span(bytes)));
  return read.ok() ? bytes : Words(read);
}

std::vector<std::string> Keys(const Region& region) {
  GrowableArray<Entry> entries;
  EXPECT_OK(region.List(&entries));
  std::vector<std::string> keys;
  for (const Entry& entry : entries) keys.emplace_back(entry.key);
  return keys;
}

void RunTest::SetUp() {
  root_ = NewTemporaryDirectory(RunsParent());
  ASSERT_OK(RunDirectory::Create({.root = root_, .run = "run-1"}, &run_));
  ASSERT_OK(run_.CreateTask("build", {}, &region_));
}

void RunTest::TearDown() {
  region_.Close();
  EXPECT_OK(run_.Remove());
  RemoveEverything(root_);
}

Region RunTest::Attach(Access access) const {
  Region region;
  EXPECT_OK(Region::Attach(task_directory().c_str(), access, &region));
  return region;
}

}  // namespace otto::test
