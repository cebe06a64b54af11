#include "core/check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/hash.h"
#include "core/value_file.h"
#include "rig.h"

namespace otto::test {
namespace {

class CheckTest : public RunTest {
 protected:
  CheckReport Report() const {
    CheckReport report;
    EXPECT_OK(CheckRegion(task_directory().c_str(), &report));
    return report;
  }
  // What the check says; "ok" when it finds nothing.
  std::string Complaint() const {
    CheckReport report;
    const Status checked = CheckRegion(task_directory().c_str(), &report);
    EXPECT_TRUE(checked.ok() || checked.code() == StatusCode::kCorrupt) << Words(checked);
    return checked.ok() ? "ok" : checked.detail();
  }
  std::string ValuePath(int number) const { return task_directory() + "/" + std::to_string(number) + ".value"; }
};

TEST_F(CheckTest, AnEmptyRegionIsGood) {
  const CheckReport report = Report();
  EXPECT_EQ(0u, report.keys + report.value_bytes + report.value_files + report.spilled_bytes + report.unused_bytes);
  EXPECT_EQ(0u, report.stray_files);
  EXPECT_EQ(kInitialBytes, report.region_bytes);
  EXPECT_FALSE(report.sealed);
}

TEST_F(CheckTest, CountsKeysBytesAndFiles) {
  ASSERT_OK(Put(&region_, "s", "grün"));
  ASSERT_OK(Put(&region_, "b", std::string(100, '\xff'), ValueType::kBytes));
  ASSERT_OK(Put(&region_, "r", "\xff", ValueType::kRaw));
  ASSERT_OK(Put(&region_, "j", "{\"a\":1}", ValueType::kJson));
  ASSERT_OK(Put(&region_, "large", std::string(3000000, 'L')));
  ASSERT_OK(Put(&region_, "gone", "x"));
  ASSERT_OK(region_.Delete("gone", nullptr));
  ASSERT_OK(region_.Seal());
  const CheckReport report = Report();
  EXPECT_EQ(5u, report.keys);
  EXPECT_EQ(5u + 100 + 1 + 7 + 3000000, report.value_bytes);
  EXPECT_EQ(1u, report.value_files);
  EXPECT_EQ(0u, report.stray_files);
  EXPECT_EQ(0u, report.spilled_bytes);
  EXPECT_EQ(region_.file_bytes(), report.region_bytes);
  EXPECT_TRUE(report.sealed);
}

TEST_F(CheckTest, BytesOfOldDeletedAndUnpublishedValuesAreUnused) {
  Region once = Attach(Access::kWriteOnce);  // reserves exactly what it writes
  ASSERT_OK(Put(&once, "key", "old"));
  EXPECT_EQ(0u, Report().unused_bytes);
  ASSERT_OK(Put(&once, "key", "new"));
  EXPECT_EQ(128u, Report().unused_bytes);
  ASSERT_OK(once.Delete("key", nullptr));
  EXPECT_EQ(128u * 2 + 64 * 2, Report().unused_bytes) << "the two values and the record that says: deleted";
  const std::uint64_t before = Report().unused_bytes;
  ASSERT_OK(Put(&region_, "key", "x"));  // reserves all that a new region has
  EXPECT_EQ(before + kInitialBytes - kFirstFree - 128, Report().unused_bytes);
}

TEST_F(CheckTest, FilesThatNoKeyNamesAreStray) {
  ASSERT_OK(Put(&region_, "key", std::string(2000000, '1')));
  ASSERT_OK(Put(&region_, "key", std::string(2000000, '2')));
  for (const char* name : {"77.value", "spooled", "x.value", "01.value", "18446744073709551616.value"}) {
    std::ofstream(task_directory() + "/" + name) << "x";
  }
  const CheckReport report = Report();
  EXPECT_EQ(1u, report.value_files);
  EXPECT_EQ(2u, report.stray_files) << "1.value, which was overwritten, and 77.value; the others are no value files";
}

TEST_F(CheckTest, ManyKeysMakeNodesThatAreAllGood) {
  for (int i = 0; i < 30000; ++i) ASSERT_OK(Put(&region_, "key-" + std::to_string(i), std::to_string(i)));
  const CheckReport report = Report();
  EXPECT_EQ(30000u, report.keys);
  EXPECT_EQ(138890u, report.value_bytes);  // 10 + 90*2 + 900*3 + 9000*4 + 20000*5
}

TEST_F(CheckTest, ARegionIsGoodAtEveryMomentOfBeingWrittenTo) {
  std::vector<pid_t> writers;
  for (int w = 0; w < 3; ++w) {
    const pid_t writer = ::fork();
    if (writer == 0) {
      Region region;
      if (!Region::Attach(task_directory().c_str(), Access::kWrite, &region).ok()) ::_exit(1);
      for (int i = 0; i < 15000 || Fetch(region, "enough") == "<absent>"; ++i) {
        const std::string key = "key-" + std::to_string(i % 3000);
        const std::string value(i % 500 == 0 ? 1100000 : static_cast<std::size_t>(i % 300), 'v');
        if (!(i % 7 == 0 ? region.Delete(key, nullptr) : Put(&region, key, value)).ok()) ::_exit(2);
      }
      ::_exit(0);
    }
    writers.push_back(writer);
  }
  int checks = 0;
  for (std::size_t ended = 0; ended < writers.size(); ++checks) {
    ASSERT_EQ("ok", Complaint());
    if (checks == 20) ASSERT_OK(Put(&region_, "enough", "yes"));
    int status = 0;
    if (::waitpid(writers[ended], &status, WNOHANG) != writers[ended]) continue;
    ASSERT_EQ(0, status);
    ++ended;
  }
  EXPECT_GT(checks, 20);
  EXPECT_EQ(Keys(region_).size(), Report().keys);
}

TEST_F(CheckTest, ATaskThatIsNotThereIsAnError) {
  CheckReport report;
  report.keys = 7;
  EXPECT_EQ(ENOENT, CheckRegion((task_directory() + "-none").c_str(), &report).error_number());
  EXPECT_EQ(0u, report.keys);
}

// --- Damage --------------------------------------------------------------------------------------------------------

// A region with the keys "key" (a short string), "pair" and "file" (in a value file), and its file as others can write
// it.
class DamageTest : public CheckTest {
 protected:
  void SetUp() override {
    CheckTest::SetUp();
    ASSERT_OK(Put(&region_, "key", "value"));
    ASSERT_OK(Put(&region_, "pair", "other"));
    ASSERT_OK(Put(&region_, "file", std::string(1100000, 'f')));
    const int fd = ::open(region_.path(), O_RDWR | O_CLOEXEC);
    void* mapped = ::mmap(nullptr, kInitialBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    ASSERT_NE(MAP_FAILED, mapped);
    bytes_ = static_cast<std::byte*>(mapped);
    ASSERT_EQ("ok", Complaint());
  }
  void TearDown() override {
    ::munmap(bytes_, kInitialBytes);
    CheckTest::TearDown();
  }
  RegionHeader& Header() { return *reinterpret_cast<RegionHeader*>(bytes_); }
  std::uint64_t& RootSlot(std::string_view key) {
    return reinterpret_cast<std::uint64_t*>(bytes_ + kRootOffset)[SlotIndex(KeyHash(key), 0)];
  }
  std::uint64_t& FreeRootSlot() {
    auto* slots = reinterpret_cast<std::uint64_t*>(bytes_ + kRootOffset);
    while (*slots != 0) ++slots;
    return *slots;
  }
  RecordHeader& RecordOf(std::string_view key) { return *reinterpret_cast<RecordHeader*>(bytes_ + RootSlot(key)); }
  std::byte* KeyOf(std::string_view key) { return bytes_ + RootSlot(key) + kRecordHeaderBytes; }

  // The check's words while `field` has another value.
  template <typename T, typename U>
  std::string With(T& field, U wrong) {
    const T old = field;
    field = static_cast<T>(wrong);
    std::string complaint = Complaint();
    field = old;
    EXPECT_EQ("ok", Complaint());
    return complaint;
  }
  template <typename T, typename U>
  std::string With(std::atomic<T>& field, U wrong) {
    return With(reinterpret_cast<T&>(field), wrong);
  }

  std::byte* bytes_ = nullptr;
};

#define EXPECT_RULE(rule, complaint) EXPECT_TRUE(std::string(complaint).starts_with(rule)) << (complaint)

TEST_F(DamageTest, OfTheHeader) {
  EXPECT_RULE("rule 2: not a region", With(Header().magic[6], 'X'));
  EXPECT_RULE("rule 2: the header", With(Header().root_bits, 13));
  EXPECT_RULE("table 1: an unknown state", With(Header().state, 2));
  EXPECT_RULE("rule 2: the header", With(Header().backend, 9));
  EXPECT_RULE("table 1: the tail", With(Header().tail, 0));
  EXPECT_RULE("table 1: the tail", With(Header().tail, kFirstFree));
  EXPECT_RULE("table 1: the tail", With(Header().tail, Header().tail + 1));
  EXPECT_RULE("table 1: the tail", With(Header().tail, std::uint64_t{1} << 60));
  EXPECT_RULE("table 1: the spill_tail", With(Header().spill_tail, 65));
  EXPECT_RULE("table 1: next_sequence", With(Header().next_sequence, 3));
  EXPECT_RULE("table 1: next_value_file", With(Header().next_value_file, 0));
  EXPECT_RULE("table 1: header bytes", With(Header().reserved_76[0], 1));
  EXPECT_RULE("table 1: header bytes", With(Header().reserved_456[3639], 1));
}

TEST_F(DamageTest, OfALaterMinorVersionIsOnlyWhatThatVersionCannotMean) {
  Header().minor = kMinor + 1;
  EXPECT_EQ("ok", With(Header().reserved_76[0], 1));
  EXPECT_EQ("ok", With(RecordOf("key").reserved_38, 1));
  EXPECT_RULE("rule 5", With(RecordOf("key").type, 6));
}

TEST_F(DamageTest, OfASlot) {
  std::uint64_t& slot = RootSlot("key");
  EXPECT_RULE("rule 3: reserved bits", With(slot, slot | 2));
  EXPECT_RULE("rule 3: a slot names an unknown segment", With(slot, slot | 2ULL << kSlotSegmentShift));
  EXPECT_RULE("rule 3: a slot names a segment that is not there", With(slot, slot | 1ULL << kSlotSegmentShift));
  EXPECT_RULE("rule 3: a slot points into the header", With(slot, kFirstFree - 64));
  EXPECT_RULE("rule 3: a slot points beyond", With(slot, 1ULL << 40));
  EXPECT_RULE("rule 5", With(slot, kFirstFree + 16384));
  EXPECT_RULE("rule 6", With(FreeRootSlot(), slot));
}

TEST_F(DamageTest, OfARecord) {
  RecordHeader& record = RecordOf("key");
  EXPECT_RULE("rule 5: a key's length", With(record.key_bytes, 0));
  EXPECT_RULE("rule 5: a key's length", With(record.key_bytes, 2049));
  EXPECT_RULE("rule 5: a key leaves", With(record.key_bytes, 2000));
  EXPECT_RULE("rule 5: an unknown type", With(record.type, 0));
  EXPECT_RULE("rule 5: an unknown type", With(record.type, 6));
  EXPECT_RULE("rule 5: an unknown place", With(record.place, 3));
  EXPECT_RULE("rule 5: a record's length", With(record.record_bytes, 129));
  EXPECT_RULE("rule 5: a value leaves", With(record.value_bytes, 1000));
  EXPECT_RULE("rule 5: a value in its record is longer", With(record.value_bytes, ~0ULL));
  EXPECT_RULE("rule 5: a record leaves the file", With(record.record_bytes, ~63ULL));
  EXPECT_RULE("rule 5: a value file without a number", With(record.place, 1));
  EXPECT_RULE("rule 6", With(record.key_hash, record.key_hash ^ 1));
  EXPECT_RULE("rule 6", With(record.key_hash, record.key_hash ^ 1ULL << 63));
  EXPECT_RULE("rule 6", With(*KeyOf("key"), 'K'));
  EXPECT_RULE("table 3: a record without a sequence", With(record.sequence, 0));
  EXPECT_RULE("table 3: a record above", With(record.previous, RootSlot("pair")));
  EXPECT_RULE("table 3: bytes of a record", With(record.reserved_38, 1));
  EXPECT_RULE("table 3: bytes of a record", With(record.reserved_56, 1));
  EXPECT_RULE("table 3: a value in its record", With(record.file_number, 1));
  EXPECT_RULE("table 4: a deleted key", With(record.type, 5));
}

// The hash is made to fit, so that nothing but the key itself is wrong.
TEST_F(DamageTest, OfAKey) {
  RootSlot("file") = RootSlot("pair") = 0;
  for (const std::string& bad : {std::string("k\0y", 3), std::string("k\xffy"), std::string("ke\xc3")}) {
    const std::uint64_t at = RootSlot("key");
    std::memcpy(KeyOf("key"), bad.data(), 3);
    RecordOf("key").key_hash = KeyHash(bad);
    RootSlot("key") = 0;
    RootSlot(bad) = at;
    EXPECT_RULE("table 3: a key", Complaint());
    RootSlot(bad) = 0;
    RootSlot("key") = at;
  }
}

TEST_F(DamageTest, OfAString) {
  std::byte* value = bytes_ + RootSlot("key") + ValueOffset(3, 5);
  EXPECT_RULE("table 4: a string is not UTF-8", With(*value, 0xff));
  RecordOf("key").type = static_cast<std::uint8_t>(ValueType::kRaw);
  EXPECT_EQ("ok", With(*value, 0xff));
  const int fd = ::open(ValuePath(1).c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(1, ::pwrite(fd, "\xff", 1, 1000000));
  ::close(fd);
  EXPECT_RULE("table 4: a string is not UTF-8", Complaint());
}

TEST_F(DamageTest, OfAValueFile) {
  CheckReport report;
  ASSERT_EQ(0, ::truncate(ValuePath(1).c_str(), 1099999));
  EXPECT_RULE("rule 7", Complaint());
  ASSERT_EQ(0, ::unlink(ValuePath(1).c_str()));
  EXPECT_EQ(ENOENT, CheckRegion(task_directory().c_str(), &report).error_number());
  ASSERT_EQ(0, ::symlink("/etc/passwd", ValuePath(1).c_str()));
  EXPECT_CODE(kForeign, CheckRegion(task_directory().c_str(), &report));
  ASSERT_EQ(0, ::unlink(ValuePath(1).c_str()));
  ASSERT_EQ(0, ::mkfifo(ValuePath(1).c_str(), 0600));
  EXPECT_CODE(kForeign, CheckRegion(task_directory().c_str(), &report));
}

TEST_F(DamageTest, OfNodesThatLeadToEachOther) {
  const std::uint64_t node = 49152;
  auto* slots = reinterpret_cast<std::uint64_t*>(bytes_ + node);
  std::uint64_t& root = FreeRootSlot();
  root = node | kSlotIsNode;
  EXPECT_EQ("ok", Complaint()) << "an empty node is allowed";
  slots[3] = (node + 512) | kSlotIsNode;
  reinterpret_cast<std::uint64_t*>(bytes_ + node + 512)[5] = node | kSlotIsNode;
  EXPECT_RULE("rule 4", Complaint());
  for (int i = 0; i < 64; ++i) slots[i] = node | kSlotIsNode;
  EXPECT_RULE("rule 4: a node where only records may be", Complaint());
  for (int i = 0; i < 64; ++i) slots[i] = 0;
  FreeRootSlot() = node | kSlotIsNode;
  EXPECT_RULE("rule 4: records or nodes share bytes", Complaint());
}

TEST_F(DamageTest, OfPiecesThatOverlap) {
  const std::uint64_t end_of_pair = RootSlot("pair") + RecordOf("pair").record_bytes;
  EXPECT_RULE("rule 4: records or nodes share bytes",
              With(RecordOf("key").record_bytes, end_of_pair - RootSlot("key")));
}

TEST_F(DamageTest, ByTruncation) {
  ASSERT_EQ(0, ::truncate(region_.path(), 40000));
  EXPECT_RULE("rule 2: the file is shorter", Complaint());
}

TEST_F(DamageTest, TellsWhatWasCountedBefore) {
  RecordOf("file").value_bytes = 5;
  CheckReport report;
  EXPECT_CODE(kCorrupt, CheckRegion(task_directory().c_str(), &report));
  EXPECT_GE(report.keys, 1u);
  EXPECT_EQ(region_.file_bytes(), report.region_bytes);
}

}  // namespace
}  // namespace otto::test
