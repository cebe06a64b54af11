// Regions that are damaged, truncated, planted or made to do harm: every answer is a value or an error, never a crash.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>

#include "base/hash.h"
#include "rig.h"

namespace otto::test {
namespace {

class HostileTest : public RunTest {
 protected:
  // The region's file as other processes can change it.
  std::byte* MapFile(std::size_t length = kInitialBytes) {
    const int fd = OpenBytes(region_.path());
    void* mapped = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    EXPECT_NE(MAP_FAILED, mapped);
    return static_cast<std::byte*>(mapped);
  }
  RegionHeader* MapHeader() { return reinterpret_cast<RegionHeader*>(MapFile()); }
  // Reads everything there is to read; every outcome but a crash or a hang is right.
  static void ReadAll(const Region& region) {
    GrowableArray<Entry> entries;
    const Status listed = region.List(&entries);
    EXPECT_TRUE(listed.ok() || listed.code() == StatusCode::kCorrupt) << Words(listed);
    for (int i = 0; i < 40; ++i) {
      Value value;
      const Status found = region.Get("key-" + std::to_string(i), &value);
      EXPECT_TRUE(found.ok() || found.code() == StatusCode::kCorrupt) << Words(found);
      if (!found.ok() || !value.found || value.bytes > kMaxInlineBytes) continue;
      std::string bytes(value.bytes, '\0');
      const Status read = region.Read(value, 0, std::as_writable_bytes(std::span(bytes)));
      EXPECT_TRUE(read.ok() || read.code() == StatusCode::kCorrupt || read.code() == StatusCode::kForeign ||
                  read.code() == StatusCode::kVersion || read.error_number() == ENOENT)
          << Words(read);
    }
  }
  Status Reattach(Access access) {
    Region again;
    return Region::Attach(task_directory().c_str(), access, &again);
  }
};

TEST_F(HostileTest, AnyByteOfTheIndexMayBeWrong) {
  for (int i = 0; i < 40; ++i) ASSERT_OK(Put(&region_, "key-" + std::to_string(i), "value " + std::to_string(i)));
  std::byte* file = MapFile();
  const Region reader = Attach(Access::kRead);
  const std::uint64_t used = reinterpret_cast<RegionHeader*>(file)->tail.load();
  std::mt19937 random(7);
  std::vector<std::uint64_t> offsets;
  for (std::uint64_t at = kFirstFree; at < std::min(used, kFirstFree + 40 * 128); ++at) offsets.push_back(at);
  for (std::uint64_t at = kRootOffset; at < kFirstFree; ++at) {
    if (file[at] != std::byte{0}) offsets.push_back(at);
  }
  for (const std::uint64_t at : offsets) {
    const std::byte old = file[at];
    for (const unsigned wrong : {0x00u, 0xffu, static_cast<unsigned>(random() & 0xff)}) {
      file[at] = static_cast<std::byte>(wrong);
      ReadAll(reader);
    }
    file[at] = old;
  }
  ::munmap(file, kInitialBytes);
  EXPECT_EQ("value 39", Fetch(reader, "key-39"));
}

TEST_F(HostileTest, WritersSurviveADamagedIndexToo) {
  std::mt19937 random(11);
  for (int i = 0; i < 40; ++i) ASSERT_OK(Put(&region_, "key-" + std::to_string(i), "value"));
  std::byte* file = MapFile();
  for (int round = 0; round < 3000; ++round) {
    file[kRootOffset + random() % (kInitialBytes - kRootOffset)] = static_cast<std::byte>(random());
    const Status set = Put(&region_, "key-" + std::to_string(round % 60), "new");
    ASSERT_TRUE(set.ok() || set.code() == StatusCode::kCorrupt || set.code() == StatusCode::kTooLarge) << Words(set);
  }
  ReadAll(region_);
  ::munmap(file, kInitialBytes);
}

TEST_F(HostileTest, NodesThatLeadInCirclesAreCorrupt) {
  std::byte* file = MapFile();
  const std::uint64_t node = 40960;
  auto* slots = reinterpret_cast<std::uint64_t*>(file + node);
  for (int i = 0; i < 64; ++i) slots[i] = node | kSlotIsNode;
  auto* root = reinterpret_cast<std::uint64_t*>(file + kRootOffset);
  for (int i = 0; i < 4096; ++i) root[i] = node | kSlotIsNode;
  GrowableArray<Entry> entries;
  EXPECT_CODE(kCorrupt, region_.List(&entries));
  Value value;
  EXPECT_CODE(kCorrupt, region_.Get("key-1", &value));
  EXPECT_CODE(kCorrupt, Put(&region_, "key-1", "value"));
  ::munmap(file, kInitialBytes);
}

// What reads such a value would ask for as much memory as it claims.
TEST_F(HostileTest, AFileWithAHoleCannotClaimAnEndlessValue) {
  Region once = Attach(Access::kWriteOnce);
  ASSERT_OK(Put(&once, "key", std::string(200, 'v')));
  std::byte* file = MapFile();
  auto* record = reinterpret_cast<RecordHeader*>(file + kFirstFree);
  ASSERT_EQ(200u, record->value_bytes);
  const std::uint64_t record_bytes = record->record_bytes;
  CutOff(region_.path(), off_t{60} << 30);
  Region target;
  ASSERT_OK(run_.CreateTask("target", {}, &target));
  for (const std::uint64_t bytes : {kMaxInlineBytes + 1, std::uint64_t{50} << 30, ~std::uint64_t{0}}) {
    record->value_bytes = bytes;
    record->record_bytes = RoundUp(bytes / 2, kAlignment) * 2 + kAlignment * 2;
    Value value;
    const Status found = region_.Get("key", &value);
    EXPECT_EQ(StatusCode::kCorrupt, found.code()) << bytes << Words(found);
    GrowableArray<Entry> entries;
    EXPECT_CODE(kCorrupt, region_.List(&entries));
    EXPECT_CODE(kCorrupt, target.Forward({"key", region_, "key"}));
  }
  record->record_bytes = record_bytes;
  record->value_bytes = record_bytes;
  Value value;
  EXPECT_CODE(kCorrupt, region_.Get("key", &value));  // it leaves its record
  record->value_bytes = 200;
  EXPECT_EQ(std::string(200, 'v'), Fetch(region_, "key"));
  ::munmap(file, kInitialBytes);
}

TEST_F(HostileTest, ACorruptTailOverwritesNothing) {
  ASSERT_OK(Put(&region_, "key", "value"));
  RegionHeader* header = MapHeader();
  for (const std::uint64_t tail :
       {std::uint64_t{0}, std::uint64_t{4096}, kFirstFree + 1, ~std::uint64_t{0}, std::uint64_t{1} << 40}) {
    header->tail.store(tail);
    Region writer = Attach(Access::kWriteOnce);
    const Status set = Put(&writer, "other", "value");
    EXPECT_TRUE(set.code() == StatusCode::kCorrupt || set.code() == StatusCode::kTooLarge) << tail << Words(set);
    EXPECT_EQ("value", Fetch(writer, "key"));
  }
  ::munmap(header, kInitialBytes);
}

TEST_F(HostileTest, TruncationWhileMappedIsCorruptNeverACrash) {
  for (const std::uint64_t length : {200000u, 65536u, 40000u, 36864u, 20000u, 4096u, 100u, 0u}) {
    const std::string task = "cut-at-" + std::to_string(length);
    Region writer;
    ASSERT_OK(run_.CreateTask(task, {}, &writer));
    for (int i = 0; i < 300; ++i) ASSERT_OK(Put(&writer, "key-" + std::to_string(i), std::string(1000, 'x')));
    Region reader;
    ASSERT_OK(Region::Attach(writer.task_directory(), Access::kRead, &reader));
    CutOff(writer.path(), static_cast<off_t>(length));
    ReadAll(reader);
    EXPECT_NE(std::string(1000, 'x'), Fetch(reader, "key-299"));
    Region again;
    const Status reattached = Region::Attach(writer.task_directory(), Access::kRead, &again);
    const bool is_short = length < (UsesObjects() ? kFirstPartBytes : kInitialBytes);
    EXPECT_EQ(is_short ? StatusCode::kCorrupt : StatusCode::kOk, reattached.code()) << Words(reattached);
    const Status set = Put(&writer, "key-299", "new");
    EXPECT_TRUE(set.ok() || set.code() == StatusCode::kCorrupt) << Words(set);
  }
}

// The rest of the page in which a file is cut reads as zeros, and nothing faults.
TEST_F(HostileTest, ACutWithinAPageIsCorruptToo) {
  ASSERT_OK(Put(&region_, "first", "value"));
  Region once = Attach(Access::kWriteOnce);
  ASSERT_OK(Put(&once, "last", std::string(100000, 'v')));
  const Region reader = Attach(Access::kRead);
  Value value;
  ASSERT_OK(reader.Get("last", &value));
  std::string copy(value.bytes, '\0');
  CutOff(region_.path(), static_cast<off_t>(MapHeader()->tail.load() - 100));
  EXPECT_CODE(kCorrupt, reader.Read(value, 0, std::as_writable_bytes(std::span(copy))));
  EXPECT_CODE(kCorrupt, reader.Confirm(value));
  EXPECT_EQ("value", Fetch(reader, "first"));
  const std::uint64_t slot = kRootOffset + 8 * SlotIndex(KeyHash("first"), 0);
  CutOff(region_.path(), static_cast<off_t>(slot));
  EXPECT_CODE(kCorrupt, reader.Get("first", &value));
}

TEST_F(HostileTest, AFileThatLostItsHeaderIsCorruptForThoseWhoHaveItOpen) {
  ASSERT_OK(Put(&region_, "key", "value"));
  CutOff(region_.path(), 0);
  Value value;
  EXPECT_CODE(kCorrupt, region_.Get("key", &value));
  EXPECT_FALSE(Put(&region_, "key", "new").ok());
  EXPECT_TRUE(region_.damaged());
}

TEST_F(HostileTest, RefusesOtherVersionsAndOtherFiles) {
  RegionHeader* header = MapHeader();
  header->major = 2;
  EXPECT_CODE(kVersion, Reattach(Access::kRead));
  header->major = kMajor;
  header->minor = 7;
  EXPECT_OK(Reattach(Access::kRead));
  header->writer_features = 1;
  EXPECT_OK(Reattach(Access::kRead));
  EXPECT_CODE(kVersion, Reattach(Access::kWrite));
  header->reader_features = std::uint64_t{1} << 63;
  EXPECT_CODE(kVersion, Reattach(Access::kRead));
  header->reader_features = 0;
  for (std::uint32_t* field : {&header->header_bytes, &header->root_bits, &header->node_bits}) {
    const std::uint32_t old = *field;
    *field = 99;
    EXPECT_CODE(kCorrupt, Reattach(Access::kRead));
    *field = old;
  }
  header->magic[0] = 'X';
  EXPECT_CODE(kCorrupt, Reattach(Access::kRead));
  ::munmap(header, kInitialBytes);
}

TEST_F(HostileTest, NeverFollowsOrOpensWhatIsNotAPrivateFile) {
  const std::string path = region_.path();
  ASSERT_EQ(0, ::chmod(path.c_str(), 0640));
  EXPECT_CODE(kForeign, Reattach(Access::kRead));
  ASSERT_EQ(0, ::chmod(path.c_str(), 0600));
  ASSERT_EQ(0, ::link(path.c_str(), (path + "2").c_str()));
  EXPECT_CODE(kForeign, Reattach(Access::kRead));
  ASSERT_EQ(0, ::unlink(path.c_str()));
  ASSERT_EQ(0, ::symlink((path + "2").c_str(), path.c_str()));
  EXPECT_CODE(kForeign, Reattach(Access::kWrite));
  ASSERT_EQ(0, ::unlink(path.c_str()));
  ASSERT_EQ(0, ::mkfifo(path.c_str(), 0600));
  EXPECT_CODE(kForeign, Reattach(Access::kRead));
  EXPECT_CODE(kForeign, Reattach(Access::kWrite));
  ASSERT_EQ(0, ::unlink(path.c_str()));
  ASSERT_EQ(0, ::mkdir(path.c_str(), 0700));
  EXPECT_CODE(kForeign, Reattach(Access::kRead));
}

TEST_F(HostileTest, RefusesDirectoriesThatOthersMayEnterOrThatAreLinks) {
  const std::string run = run_.path();
  for (const std::string& directory : {task_directory(), run, root_}) {
    ASSERT_EQ(0, ::chmod(directory.c_str(), 0750));
    EXPECT_CODE(kForeign, Reattach(Access::kRead));
    ASSERT_EQ(0, ::chmod(directory.c_str(), 0700));
  }
  ASSERT_EQ(0, ::symlink(task_directory().c_str(), (run + "/link").c_str()));
  Region region;
  EXPECT_CODE(kForeign, Region::Attach((run + "/link").c_str(), Access::kRead, &region));
  ASSERT_EQ(0, ::symlink(run.c_str(), (root_ + "/run-link").c_str()));
  EXPECT_CODE(kForeign, Region::Attach((root_ + "/run-link/build").c_str(), Access::kRead, &region));
  ASSERT_EQ(0, ::unlink((root_ + "/run-link").c_str()));
}

TEST_F(HostileTest, RefusesAnotherUsersFiles) {
  ASSERT_EQ(0, ::geteuid()) << "this test gives a file to another user and has to run as root";
  ASSERT_EQ(0, ::chown(region_.path(), 12345, 12345));
  EXPECT_CODE(kForeign, Reattach(Access::kRead));
}

using HostileDeathTest = HostileTest;

TEST_F(HostileDeathTest, AFaultElsewhereStillEndsTheProcess) {
  const std::string path = root_ + "/plain";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(0, ::ftruncate(fd, 4096));
  auto* mapped = static_cast<volatile char*>(::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, 0));
  ASSERT_EQ(0, ::ftruncate(fd, 0));
  EXPECT_DEATH({ [[maybe_unused]] const char c = *mapped; }, "");
  ::close(fd);
}

}  // namespace
}  // namespace otto::test
