// Second segments and spill directories that are damaged, planted or gone.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "spilling.h"

namespace otto::test {
namespace {

namespace fs = std::filesystem;

class HostileSpillTest : public Spilling {
 protected:
  static constexpr int kKeys = 30;

  void SetUp() override {
    Spilling::SetUp();
    ASSERT_OK(Put(&region_, "in-memory", "safe"));
    FillMemory();
    Region writer = Attach(Access::kWriteOnce);
    for (int i = 0; i < kKeys; ++i) ASSERT_OK(Put(&writer, "key-" + std::to_string(i), std::string(900, 'v')));
    ASSERT_OK(Put(&writer, "large", std::string(2000000, 'L')));
    ASSERT_GT(fs::file_size(segment()), kKeys * 500u) << "else these tests show nothing";
  }
  std::string segment() const { return on_disk() + "/region.1"; }

  static bool IsAnAnswer(const Status& status) {
    return status.ok() || status.code() == StatusCode::kCorrupt || status.code() == StatusCode::kForeign ||
           status.code() == StatusCode::kTooLarge || status.error_number() == ENOENT;
  }
  // Reads everything there is; returns how many keys gave no value.
  int ReadAll(const Region& region) const {
    int lost = 0;
    GrowableArray<Entry> entries;
    const Status listed = region.List(&entries);
    EXPECT_TRUE(IsAnAnswer(listed)) << Words(listed);
    for (int i = 0; i < kKeys; ++i) {
      Value value;
      Status found = region.Get("key-" + std::to_string(i), &value);
      if (found.ok() && value.found && value.bytes <= kMaxInlineBytes) {
        std::string bytes(value.bytes, '\0');
        found = region.Read(value, 0, std::as_writable_bytes(std::span(bytes)));
      }
      EXPECT_TRUE(IsAnAnswer(found)) << Words(found);
      if (!found.ok() || !value.found) ++lost;
    }
    return lost;
  }
  // Of a key that lies in the second segment, for a reader that has not opened it yet.
  Status GetSpilled() const {
    const Region reader = Attach(Access::kRead);
    for (int i = kKeys - 1; i >= 0; --i) {
      Value value;
      Status found = reader.Get("key-" + std::to_string(i), &value);
      if (!found.ok()) return found;
    }
    EXPECT_EQ("safe", Fetch(reader, "in-memory"));
    return {};
  }
};

TEST_F(HostileSpillTest, AnyByteOfTheSecondSegmentMayBeWrong) {
  const std::size_t length = fs::file_size(segment());
  const int fd = ::open(segment().c_str(), O_RDWR | O_CLOEXEC);
  auto* file = static_cast<std::byte*>(::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  ::close(fd);
  ASSERT_NE(MAP_FAILED, static_cast<void*>(file));
  const Region reader = Attach(Access::kRead);
  EXPECT_EQ(0, ReadAll(reader));
  std::mt19937 random(5);
  for (std::size_t at = 64; at < length; at += at % 1024 < 160 ? 1 : 61) {
    const std::byte old = file[at];
    for (const unsigned wrong : {0x00u, 0xffu, static_cast<unsigned>(random() & 0xff)}) {
      file[at] = static_cast<std::byte>(wrong);
      ReadAll(reader);
    }
    file[at] = old;
  }
  EXPECT_EQ(0, ReadAll(reader));
  ::munmap(file, length);
}

TEST_F(HostileSpillTest, TruncationIsCorruptNeverACrash) {
  const Region reader = Attach(Access::kRead);
  EXPECT_EQ(0, ReadAll(reader));
  ASSERT_EQ(0, ::truncate(segment().c_str(), 4096));
  EXPECT_NE(0, ReadAll(reader));
  EXPECT_TRUE(reader.damaged());
  EXPECT_CODE(kCorrupt, GetSpilled());
  const Status set = Put(&region_, "key-7", "new");
  EXPECT_TRUE(set.ok() || set.code() == StatusCode::kCorrupt) << Words(set);
}

TEST_F(HostileSpillTest, ASegmentThatIsGoneIsCorruptAndSparesTheRest) {
  fs::remove(segment());
  EXPECT_CODE(kCorrupt, GetSpilled());
  EXPECT_EQ("safe", Fetch(Attach(Access::kRead), "in-memory"));
  fs::remove(run_.path() + std::string("/.spill"));
  EXPECT_CODE(kCorrupt, GetSpilled());
}

TEST_F(HostileSpillTest, NeverFollowsOrOpensWhatIsNotAPrivateFile) {
  ASSERT_EQ(0, ::chmod(segment().c_str(), 0640));
  EXPECT_CODE(kForeign, GetSpilled());
  ASSERT_EQ(0, ::chmod(segment().c_str(), 0600));
  EXPECT_OK(GetSpilled());
  ASSERT_EQ(0, ::link(segment().c_str(), (segment() + "-link").c_str()));
  EXPECT_CODE(kForeign, GetSpilled());
  fs::remove(segment());
  ASSERT_EQ(0, ::symlink((segment() + "-link").c_str(), segment().c_str()));
  EXPECT_CODE(kForeign, GetSpilled());
  fs::remove(segment());
  ASSERT_EQ(0, ::mkfifo(segment().c_str(), 0600));
  EXPECT_CODE(kForeign, GetSpilled());
  Region writer = Attach(Access::kWriteOnce);
  EXPECT_CODE(kForeign, Put(&writer, "in-memory", std::string(5000, 'n')));
  EXPECT_EQ("safe", Fetch(writer, "in-memory"));
}

TEST_F(HostileSpillTest, RefusesDirectoriesThatOthersMayEnterOrThatAreLinks) {
  for (const std::string& directory : {on_disk(), std::string(run_.spill_path()), disk_.path() + "/spill"}) {
    ASSERT_EQ(0, ::chmod(directory.c_str(), 0750));
    EXPECT_CODE(kForeign, GetSpilled());
    const Region reader = Attach(Access::kRead);
    posix::Descriptor file;
    Value large;
    large.place = Place::kSpilled;
    large.bytes = 2000000;
    large.file_number = 1;
    EXPECT_CODE(kForeign, reader.OpenValueFile(large, &file));
    ASSERT_EQ(0, ::chmod(directory.c_str(), 0700));
  }
  fs::rename(on_disk(), on_disk() + "-moved");
  fs::create_directory_symlink(on_disk() + "-moved", on_disk());
  EXPECT_CODE(kForeign, GetSpilled());
}

TEST_F(HostileSpillTest, WordsThatLeadAstrayAreCorrupt) {
  const int fd = ::open(region_.path(), O_RDWR | O_CLOEXEC);
  auto* file = static_cast<std::byte*>(::mmap(nullptr, kInitialBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  ::close(fd);
  auto* root = reinterpret_cast<std::uint64_t*>(file + kRootOffset);
  const std::uint64_t old = root[SlotIndex(Key("in-memory").hash, 0)];
  constexpr std::uint64_t kSecond = std::uint64_t{1} << kSlotSegmentShift;
  for (const std::uint64_t word :
       {2 * kSecond | 4096, 255 * kSecond | 4096, kSecond, kSecond | kSlotIsNode, kSecond | 64 | 2,
        kSecond | (std::uint64_t{1} << 40), kSecond | kSlotOffsetMask, kSecond | kSlotOffsetMask | kSlotIsNode}) {
    root[SlotIndex(Key("in-memory").hash, 0)] = word;
    Value value;
    EXPECT_CODE(kCorrupt, region_.Get("in-memory", &value));
    EXPECT_CODE(kCorrupt, Put(&region_, "in-memory", "new"));
  }
  root[SlotIndex(Key("in-memory").hash, 0)] = old;
  EXPECT_EQ("safe", Fetch(region_, "in-memory"));
  ::munmap(file, kInitialBytes);
}

TEST_F(HostileSpillTest, ACorruptSpillTailOverwritesNothing) {
  const int fd = ::open(region_.path(), O_RDWR | O_CLOEXEC);
  for (const std::uint64_t tail : {std::uint64_t{0}, std::uint64_t{65}, ~std::uint64_t{0}, std::uint64_t{1} << 40}) {
    ASSERT_EQ(8, ::pwrite(fd, &tail, sizeof tail, offsetof(RegionHeader, spill_tail)));
    Region writer = Attach(Access::kWriteOnce);
    const Status set = Put(&writer, "other", std::string(5000, 'n'));
    EXPECT_TRUE(set.code() == StatusCode::kCorrupt || set.code() == StatusCode::kTooLarge) << tail << Words(set);
    EXPECT_EQ(0, ReadAll(writer));
  }
  ::close(fd);
}

}  // namespace
}  // namespace otto::test
