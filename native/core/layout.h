// The constants and tables of docs/shm-format.md. The document is the truth; a test compares the two.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace otto {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the format is little-endian");
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);

constexpr unsigned char kMagic[8] = {'O', 'T', 'T', 'O', 'M', 'A', 'P', 0};
constexpr std::uint16_t kMajor = 1;
constexpr std::uint16_t kMinor = 1;
constexpr std::uint32_t kHeaderBytes = 4096;
constexpr std::uint64_t kRootOffset = 4096;
constexpr std::uint32_t kRootBits = 12;
constexpr std::uint32_t kNodeBits = 6;
constexpr std::uint64_t kFirstFree = 36864;
constexpr std::uint64_t kInitialBytes = 65536;
constexpr std::uint64_t kFirstFreeSpilled = 64;  // of segment 1
constexpr std::uint64_t kAlignment = 64;
constexpr std::uint64_t kNodeBytes = 512;
constexpr std::uint64_t kRecordHeaderBytes = 64;
constexpr std::uint32_t kMaxKeyBytes = 2048;
constexpr std::uint64_t kMaxInlineBytes = 1048576;
constexpr std::uint32_t kDeepestLevel = 8;
constexpr std::uint32_t kMaxChainRecords = 65536;

constexpr std::uint64_t kSlotIsNode = 1;
constexpr std::uint64_t kSlotReserved = 0x3e;
constexpr std::uint64_t kSlotOffsetMask = 0x00ffffffffffffc0ULL;
constexpr std::uint32_t kSlotSegmentShift = 56;

constexpr std::uint64_t kFeatureSpill = 1;  // segments, place 2, linked value files
constexpr std::uint64_t kKnownReaderFeatures = kFeatureSpill;
constexpr std::uint64_t kKnownWriterFeatures = 0;

constexpr std::uint32_t kBackendFiles = 0;
constexpr std::uint32_t kBackendObjects = 1;

constexpr std::uint32_t kStateOpen = 0;
constexpr std::uint32_t kStateSealed = 1;

enum class ValueType : std::uint8_t { kString = 1, kBytes = 2, kJson = 3, kRaw = 4, kDeleted = 5 };
enum class Place : std::uint8_t { kInline = 0, kFile = 1, kSpilled = 2 };

using Slot = std::atomic<std::uint64_t>;

// Table 1. The counters have a cache line each: writers of all processes add to them.
struct RegionHeader {
  unsigned char magic[8];
  std::uint16_t major;
  std::uint16_t minor;
  std::uint32_t header_bytes;
  std::uint64_t reader_features;
  std::uint64_t writer_features;
  std::uint64_t root_offset;
  std::uint32_t root_bits;
  std::uint32_t node_bits;
  std::uint64_t run_hash;
  std::uint64_t task_hash;
  std::uint64_t created_ns;
  std::uint32_t backend;
  unsigned char reserved_76[52];
  std::atomic<std::uint64_t> tail;
  unsigned char reserved_136[56];
  std::atomic<std::uint64_t> next_sequence;
  unsigned char reserved_200[56];
  std::atomic<std::uint64_t> next_value_file;
  unsigned char reserved_264[56];
  std::atomic<std::uint32_t> state;
  unsigned char reserved_324[60];
  std::atomic<std::uint64_t> spill_tail;
  unsigned char reserved_392[56];
  std::atomic<std::uint64_t> charged;
  unsigned char reserved_456[3640];
};

// Table 5.
struct BudgetPage {
  std::uint64_t limit;
  unsigned char reserved_8[56];
  std::atomic<std::uint64_t> used;
  unsigned char reserved_72[4024];
};

// Table 3.
struct RecordHeader {
  std::uint64_t previous;
  std::uint64_t sequence;
  std::uint64_t key_hash;
  std::uint64_t value_bytes;
  std::uint32_t key_bytes;
  std::uint8_t type;
  std::uint8_t place;
  std::uint16_t reserved_38;
  std::uint64_t file_number;
  std::uint64_t record_bytes;
  std::uint64_t reserved_56;
};

static_assert(sizeof(RegionHeader) == kHeaderBytes, "docs/shm-format.md, table 1");
static_assert(offsetof(RegionHeader, major) == 8 && offsetof(RegionHeader, minor) == 10);
static_assert(offsetof(RegionHeader, header_bytes) == 12 && offsetof(RegionHeader, reader_features) == 16);
static_assert(offsetof(RegionHeader, writer_features) == 24 && offsetof(RegionHeader, root_offset) == 32);
static_assert(offsetof(RegionHeader, root_bits) == 40 && offsetof(RegionHeader, node_bits) == 44);
static_assert(offsetof(RegionHeader, run_hash) == 48 && offsetof(RegionHeader, task_hash) == 56);
static_assert(offsetof(RegionHeader, created_ns) == 64 && offsetof(RegionHeader, tail) == 128);
static_assert(offsetof(RegionHeader, next_sequence) == 192 && offsetof(RegionHeader, next_value_file) == 256);
static_assert(offsetof(RegionHeader, backend) == 72 && offsetof(RegionHeader, state) == 320);
static_assert(offsetof(RegionHeader, spill_tail) == 384 && offsetof(RegionHeader, charged) == 448);
static_assert(sizeof(BudgetPage) == 4096 && offsetof(BudgetPage, limit) == 0 && offsetof(BudgetPage, used) == 64);
static_assert(sizeof(RecordHeader) == kRecordHeaderBytes, "docs/shm-format.md, table 3");
static_assert(offsetof(RecordHeader, sequence) == 8 && offsetof(RecordHeader, key_hash) == 16);
static_assert(offsetof(RecordHeader, value_bytes) == 24 && offsetof(RecordHeader, key_bytes) == 32);
static_assert(offsetof(RecordHeader, type) == 36 && offsetof(RecordHeader, place) == 37);
static_assert(offsetof(RecordHeader, file_number) == 40 && offsetof(RecordHeader, record_bytes) == 48);
static_assert(kFirstFree == kRootOffset + (std::uint64_t{8} << kRootBits));
static_assert(kNodeBytes == std::uint64_t{8} << kNodeBits && sizeof(Slot) == 8);

// `to` is a power of two.
constexpr std::uint64_t RoundUp(std::uint64_t n, std::uint64_t to) {
  return (n + to - 1) & ~(to - 1);
}

// Where in a record the value begins. `key_bytes` must have been checked; value_bytes may be anything.
constexpr std::uint64_t ValueOffset(std::uint64_t key_bytes, std::uint64_t value_bytes) {
  return RoundUp(kRecordHeaderBytes + key_bytes, value_bytes >= 64 ? 64 : 8);
}

// Which slot of level `level` (0: the root table) the hash leads to.
constexpr std::uint64_t SlotIndex(std::uint64_t hash, std::uint32_t level) {
  if (level == 0) return hash & ((1u << kRootBits) - 1);
  return (hash >> (kRootBits + kNodeBits * (level - 1))) & ((1u << kNodeBits) - 1);
}

}  // namespace otto
