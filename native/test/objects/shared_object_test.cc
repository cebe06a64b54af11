#include "posix/shared_object.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/object_value.h"
#include "core/storage.h"
#include "mac_rules.h"
#include "rig.h"

namespace otto::test {
namespace {

namespace fs = std::filesystem;

TEST(PartTest, PartsFollowEachOtherAndDoubleUpToOneGiB) {
  std::uint64_t end = 0;
  std::uint32_t number = 0;
  for (; end < kMaxMappedBytes; ++number) {
    const Part part = PartAt(end);
    ASSERT_EQ(number, part.number);
    ASSERT_EQ(end, part.start);
    ASSERT_EQ(std::min(std::max(kFirstPartBytes, end), kLargestPartBytes), part.bytes);
    ASSERT_EQ(number, PartAt(part.end() - 1).number);
    end = part.end();
  }
  EXPECT_EQ(kMaxParts, number);
  EXPECT_EQ(kMaxMappedBytes, end);
}

class SharedObjectTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = ::testing::TempDir() + "otto-objects-XXXXXX";
    ASSERT_NE(nullptr, ::mkdtemp(directory_.data()));
    fd_ = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }
  void TearDown() override {
    ::close(fd_);
    ASSERT_OK(RemoveAll(nullptr));
    EXPECT_EQ(std::vector<std::string>{}, ObjectsLeft());
  }
  Status RemoveAll(std::uint64_t* freed) const {
    return posix::RemoveTree({posix::kWorkingDirectory, directory_.c_str(), directory_.c_str()}, "", freed);
  }
  std::string Path(const std::string& name) const { return directory_ + "/" + name; }
  posix::At At(const char* name) const { return {fd_, name, name}; }
  std::string Content(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void WriteStub(const std::string& name, std::string text, std::size_t bytes = posix::kStubBytes) const {
    text.resize(bytes);
    std::ofstream(Path(name), std::ios::binary) << text;
    ASSERT_EQ(0, ::chmod(Path(name).c_str(), 0600));
  }
  std::string NameIn(const std::string& stub) const { return Content(stub).c_str(); }
  Status Read(const char* name, posix::ObjectName* out) const {
    posix::Descriptor file;
    Status opened = posix::OpenPrivateFileAt(At(name), posix::OpenMode::kRead, &file);
    return opened.ok() ? posix::ReadStub({file.get(), name}, out) : static_cast<Status&&>(opened);
  }
  Status Open(const char* name, std::uint64_t bytes) const {
    posix::ObjectName object_name;
    posix::Descriptor object;
    Status read = Read(name, &object_name);
    return read.ok() ? posix::OpenObject({object_name, name, bytes}, &object) : static_cast<Status&&>(read);
  }
  bool Exists(const char* name) const { return fs::exists(fs::symlink_status(Path(name))); }

  std::string directory_;
  int fd_ = -1;
};

TEST_F(SharedObjectTest, AStubNamesItsObjectInAShortRandomName) {
  posix::Descriptor object;
  ASSERT_OK(posix::CreateObjectAt(At("a"), 100, &object));
  ASSERT_OK(posix::CreateObjectAt(At("b"), 100, &object));
  EXPECT_EQ(64u, Content("a").size());
  EXPECT_EQ(22u, NameIn("a").size());
  EXPECT_NE(NameIn("a"), NameIn("b"));
  EXPECT_OK(Open("a", 100));
  // Whole pages are allowed, less is not.
  EXPECT_CODE(kCorrupt, Open("a", 1 << 20));
  EXPECT_EQ(2, std::distance(fs::directory_iterator(directory_), {}));
}

TEST_F(SharedObjectTest, ANameThatIsTakenStaysAsItIs) {
  posix::Descriptor object;
  ASSERT_OK(posix::CreateObjectAt(At("a"), 100, &object));
  const std::string before = Content("a");
  EXPECT_EQ(EEXIST, posix::CreateObjectAt(At("a"), 100, &object).error_number());
  EXPECT_EQ(before, Content("a"));
  EXPECT_OK(Open("a", 100));
  EXPECT_EQ(1, std::distance(fs::directory_iterator(directory_), {}));
}

TEST_F(SharedObjectTest, AnObjectOfNoBytesIsThereToo) {
  posix::Descriptor object;
  ASSERT_OK(posix::CreateObjectAt(At("a"), 0, &object));
  EXPECT_OK(Open("a", 0));
}

TEST_F(SharedObjectTest, AnObjectMayHaveMoreThanFourGiB) {
  constexpr std::uint64_t kBytes = (std::uint64_t{4} << 30) + 1;
  posix::Descriptor object;
  ASSERT_OK(posix::CreateObjectAt(At("a"), kBytes, &object));  // sparse: costs the pages that are touched
  posix::Mapping last;
  ASSERT_OK(posix::Mapping::Map({object.get(), "a", kBytes - 1, 1, posix::Protection::kReadWrite}, &last));
  *last.data() = std::byte{'!'};
  std::byte read{};
  ASSERT_OK(ReadObject({object.get(), "a"}, kBytes - 1, {&read, 1}));
  EXPECT_EQ(std::byte{'!'}, read);
  EXPECT_OK(Open("a", kBytes));
}

TEST_F(SharedObjectTest, GoesWithTheLastNameOfItsStub) {
  posix::Descriptor object;
  ASSERT_OK(posix::CreateObjectAt(At("a"), 5000, &object));
  ASSERT_EQ(0, ::link(Path("a").c_str(), Path("b").c_str()));
  posix::ObjectName name;
  posix::Descriptor file;
  ASSERT_OK(posix::RemoveStubAt(At("a"), nullptr));
  EXPECT_FALSE(Exists("a"));
  EXPECT_OK(Open("b", 5000));
  ASSERT_OK(posix::RemoveStubAt(At("b"), nullptr));
  ASSERT_OK(posix::RemoveStubAt(At("b"), nullptr));
  EXPECT_EQ(std::vector<std::string>{}, ObjectsLeft());
}

TEST_F(SharedObjectTest, ATreeTakesItsObjectsWithItAndTellsWhatTheyHeld) {
  ASSERT_EQ(0, ::mkdir(Path("task").c_str(), 0700));
  posix::Descriptor object;
  for (const char* name : {"task/region", "task/1.value", "task/.otto-unfinished"}) {
    ASSERT_OK(posix::CreateObjectAt(At(name), 1 << 20, &object));
    void* mapped = ::mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, object.get(), 0);
    ASSERT_NE(MAP_FAILED, mapped);
    static_cast<char*>(mapped)[0] = static_cast<char*>(mapped)[500000] = 'x';
    ::munmap(mapped, 1 << 20);
  }
  std::uint64_t freed = 0;
  ASSERT_OK(RemoveAll(&freed));
  EXPECT_GE(freed, 3u * 2 * 4096);
  EXPECT_EQ(std::vector<std::string>{}, ObjectsLeft());
  ASSERT_EQ(0, ::mkdir(directory_.c_str(), 0700));
}

TEST_F(SharedObjectTest, WhatIsNoStubIsAnOrdinaryFileToARemover) {
  posix::Descriptor object;
  ASSERT_OK(posix::CreateObjectAt(At("live"), 100, &object));
  const std::string name = NameIn("live");
  WriteStub("longer", name, 65);
  WriteStub("other", name + "x");
  WriteStub("path", "/otto-../../../etc/passwd");
  WriteStub("upper", "/otto-0123456789ABCDEF");
  WriteStub("text", "sixty-four bytes of a value that somebody has adopted");
  ASSERT_EQ(0, ::symlink("live", Path("link").c_str()));
  for (const char* file : {"longer", "other", "path", "upper", "text", "link"}) {
    posix::ObjectName read;
    EXPECT_FALSE(Read(file, &read).ok()) << file;
    ASSERT_OK(posix::RemoveStubAt(At(file), nullptr));
    EXPECT_FALSE(Exists(file)) << file;
  }
  EXPECT_OK(Open("live", 100));
}

TEST_F(SharedObjectTest, RefusesWhatIsNotThisUsersOwn) {
  posix::Descriptor object;
  ASSERT_OK(posix::CreateObjectAt(At("a"), 100, &object));
  ASSERT_EQ(0, ::fchmod(object.get(), 0640));
  EXPECT_CODE(kForeign, Open("a", 100));
  ASSERT_EQ(0, ::fchmod(object.get(), 0600));
  ASSERT_EQ(0, ::geteuid()) << "this test gives an object to another user and has to run as root";
  ASSERT_EQ(0, ::fchown(object.get(), 12345, 12345));
  EXPECT_CODE(kForeign, Open("a", 100));
  ASSERT_EQ(0, ::fchown(object.get(), 0, 0));
  EXPECT_OK(Open("a", 100));
  ASSERT_EQ(0, ::shm_unlink(NameIn("a").c_str()));
  EXPECT_CODE(kCorrupt, Open("a", 100));
}

TEST_F(SharedObjectTest, AStorageWhosePartIsMissingOrShortIsNotReadable) {
  Storage writer;
  ASSERT_OK(Storage::Create(At("region"), Backend::kObjects, &writer));
  ASSERT_OK(writer.Allocate(4 << 20, 64));
  const auto covers = [&] {
    Storage reader;
    EXPECT_OK(Storage::Open(At("region"), posix::OpenMode::kRead, &reader));
    return reader.Covers((4 << 20) + 64);
  };
  EXPECT_TRUE(covers());
  fs::rename(Path("region.p2"), Path("away"));
  EXPECT_FALSE(covers());
  fs::copy_file(Path("region"), Path("region.p2"));  // the object of part 0 has only 1 MiB
  ::chmod(Path("region.p2").c_str(), 0600);
  EXPECT_FALSE(covers());
  fs::remove(Path("region.p2"));
  WriteStub("region.p2", "/otto-0123456789abcdef");
  EXPECT_FALSE(covers());
  fs::rename(Path("away"), Path("region.p2"));
  EXPECT_TRUE(covers());
}

// Removing a directory while somebody makes objects in it: what he has made before is removed with it, what he makes
// afterwards he removes himself.
TEST_F(SharedObjectTest, MakersAndARemoverMeetAndNothingStays) {
  for (int round = 0; round < 40; ++round) {
    const std::string task = Path("task");
    ASSERT_EQ(0, ::mkdir(task.c_str(), 0700));
    const pid_t maker = ::fork();
    if (maker == 0) {
      const posix::Descriptor directory(::open(task.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      for (int i = 0;; ++i) {
        const std::string name = std::to_string(i) + ".value";
        posix::Descriptor object;
        if (!posix::CreateObjectAt({directory.get(), name.c_str(), name.c_str()}, 100, &object).ok()) ::_exit(0);
      }
    }
    while (!fs::exists(task + "/" + std::to_string(round % 7) + ".value")) {
    }
    Status removed;
    do {  // as long as the maker is faster, the directory is not empty
      removed = posix::RemoveTree({posix::kWorkingDirectory, task.c_str(), task.c_str()}, "", nullptr);
    } while (removed.error_number() == ENOTEMPTY);
    ASSERT_TRUE(removed.ok()) << Words(removed);
    int status = 0;
    ASSERT_EQ(maker, ::waitpid(maker, &status, 0));
    ASSERT_EQ(0, status);
    ASSERT_EQ(std::vector<std::string>{}, ObjectsLeft()) << "round " << round;
  }
}

}  // namespace
}  // namespace otto::test
