#include "core/check.h"

#include <algorithm>
#include <cerrno>

#include "core/trie.h"
#include "core/utf8.h"
#include "core/value_file.h"
#include "posix/directory.h"
#include "posix/file.h"

namespace otto {
namespace {

constexpr std::uint64_t kWindowBytes = 64 << 20;  // of a value file that is looked at, at once
constexpr std::size_t kFirstLook = 4096;
// Nobody can reserve beyond 64 GiB, but writers that try move the tail for a moment.
constexpr std::uint64_t kMaxTail = std::uint64_t{128} << 30;

// Which bytes nodes and records take. An address is a slot's word without bit 0: its segment is in the highest byte.
class TakenBytes {
 public:
  Status Add(std::uint64_t address, std::uint64_t bytes, const char* path) {
    if (!taken_.Append({address, address + bytes})) return Status::FromErrno("check", path, ENOMEM);
    // Looked at whenever there are twice as many, so that nodes which lead to each other are found before they fill
    // memory.
    if (taken_.size() < next_look_) return {};
    next_look_ *= 2;
    return Look(path);
  }
  Status Look(const char* path) {
    std::sort(taken_.begin(), taken_.end(), [](const Taken& a, const Taken& b) { return a.begin < b.begin; });
    for (std::size_t i = 1; i < taken_.size(); ++i) {
      if (taken_[i].begin < taken_[i - 1].end) return Status::Corrupt("rule 4: records or nodes share bytes", path);
    }
    return {};
  }
  // Where the last piece of the segment ends; 0: there is none. After Look.
  std::uint64_t EndOf(std::uint64_t segment) const {
    std::uint64_t end = 0;
    for (const Taken& taken : taken_) {
      if (taken.begin >> kSlotSegmentShift == segment) end = taken.end & kSlotOffsetMask;
    }
    return end;
  }

 private:
  struct Taken {
    std::uint64_t begin;
    std::uint64_t end;
  };
  GrowableArray<Taken> taken_;
  std::size_t next_look_ = kFirstLook;
};

struct NamedFile {
  Place place = Place::kFile;
  std::uint64_t number = 0;

  friend bool operator<(const NamedFile& a, const NamedFile& b) {
    return a.place != b.place ? a.place < b.place : a.number < b.number;
  }
};

// The number of "<number>.value" as otto spells it; 0 when it is another name.
std::uint64_t NumberOf(std::string_view name) {
  std::uint64_t number = 0;
  for (const char c : name) {
    if (c < '0' || c > '9') break;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return name == ValueFileName(number).text ? number : 0;
}

bool IsUtf8(std::string_view text) {
  Utf8Check check;
  check.Feed(reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return check.valid();
}

template <std::size_t n>
bool AreZeros(const unsigned char (&bytes)[n]) {
  return std::all_of(bytes, bytes + n, [](unsigned char byte) { return byte == 0; });
}

}  // namespace

class RegionCheck {
 public:
  // `on_disk`: the region as a whole was found in the spill directory.
  RegionCheck(const Region& region, bool on_disk, CheckReport* report)
      : region_(region), bytes_(region.segments()), header_(*region.header()), on_disk_(on_disk), report_(*report) {}

  Status Run() {
    report_.sealed = region_.sealed();
    report_.region_bytes = region_.file_bytes();
    Status checked = Header();
    if (checked.ok()) checked = SecondSegment();
    if (checked.ok()) checked = Slots(bytes_.RootSlots(), std::uint64_t{1} << kRootBits, 0);
    if (checked.ok()) checked = taken_.Look(region_.path());
    if (checked.ok()) checked = Counters();
    if (checked.ok()) checked = FilesOf(Place::kFile, Text(region_.task_directory()));
    if (checked.ok()) checked = FilesOf(Place::kSpilled, region_.spill_directory());
    return region_.damaged() ? region_.DamagedStatus() : static_cast<Status&&>(checked);
  }

 private:
  Status Broken(BrokenRule rule) const { return region_.BrokenStatus(rule); }
  // A later minor version may have given a meaning to bytes that are 0 in this one.
  bool knows_all() const { return header_.minor <= kMinor; }

  Status Header() const {
    const RegionHeader& h = header_;
    const std::uint32_t state = h.state.load(std::memory_order_relaxed);
    if (state != kStateOpen && state != kStateSealed) return Broken("table 1: an unknown state");
    const bool zeros = AreZeros(h.reserved_76) && AreZeros(h.reserved_136) && AreZeros(h.reserved_200) &&
                       AreZeros(h.reserved_264) && AreZeros(h.reserved_324) && AreZeros(h.reserved_392) &&
                       AreZeros(h.reserved_456);
    return knows_all() && !zeros ? Broken("table 1: header bytes without a meaning are not 0") : Status();
  }

  // Opened whether a slot leads to it or not.
  Status SecondSegment() {
    SegmentFile* second = nullptr;
    Status opened = region_.spill_.OpenSegment(SpillArea::IfMissing::kFail, &second);
    if (opened.error_number() == ENOENT) return {};
    if (opened.ok()) report_.region_bytes += second->storage().file_bytes();
    return opened;
  }

  Status Slots(const Slot* slots, std::uint64_t count, std::uint32_t level) {
    for (std::uint64_t i = 0; i < count; ++i) {
      if (level == 0) path_ = i;
      if (level > 0) path_ = WithIndex(path_, level, i);
      Status checked = SlotWord(slots[i].load(std::memory_order_acquire), level);
      if (!checked.ok()) return checked;
    }
    return {};
  }

  // `path` leading to the slot `index` of a node at `level`, and to its first slots below.
  static std::uint64_t WithIndex(std::uint64_t path, std::uint32_t level, std::uint64_t index) {
    const std::uint32_t shift = kRootBits + kNodeBits * (level - 1);
    return (path & ((std::uint64_t{1} << shift) - 1)) | index << shift;
  }

  Status SlotWord(std::uint64_t word, std::uint32_t level) {
    if (word == 0) return {};
    if (level == kDeepestLevel) return Chain(word);
    if ((word & kSlotIsNode) == 0) return OnlyRecord(word, level);
    Slot* node = nullptr;
    if (BrokenRule broken = bytes_.CheckNode(word, &node); broken != nullptr) return Broken(broken);
    Status added = taken_.Add(word & ~kSlotIsNode, kNodeBytes, region_.path());
    if (!added.ok()) return added;
    useful_bytes_ += kNodeBytes;
    const std::uint64_t path = path_;
    Status checked = Slots(node, std::uint64_t{1} << kNodeBits, level + 1);
    path_ = path;
    return checked;
  }

  Status OnlyRecord(std::uint64_t word, std::uint32_t level) {
    Record record;
    Status read = ReadRecord(word, level, &record);
    if (!read.ok()) return read;
    // Records move down only, when a node comes between: none of these was ever in a chain.
    if (record.previous != 0) return Broken("table 3: a record above the deepest level has a previous one");
    return CountKey(record);
  }

  // Of each key the first record counts; those behind it are older.
  Status Chain(std::uint64_t first) {
    GrowableArray<ChainRecord> chain;
    for (std::uint64_t word = first; word != 0;) {
      ChainRecord next;
      next.age = static_cast<std::uint32_t>(chain.size());
      if (next.age >= kMaxChainRecords) return Broken("rule 4: a chain is longer than 65,536 records");
      Status checked = ReadRecord(word, kDeepestLevel, &next.record);
      if (checked.ok() && !chain.Append(next)) checked = Broken(kNoMemory);
      if (!checked.ok()) return checked;
      word = next.record.previous;
    }
    KeepNewest(&chain);
    for (const ChainRecord& newest : chain) {
      if (Status counted = CountKey(newest.record); !counted.ok()) return counted;
    }
    return {};
  }

  // Rules 3, 5 and 6, and what Table 3 asks for beyond them.
  Status ReadRecord(std::uint64_t word, std::uint32_t level, Record* record) {
    if (BrokenRule broken = bytes_.ReadRecord(word, record); broken != nullptr) return Broken(broken);
    if (!BelongsHere(*record, path_, level)) return Broken("rule 6: a record is not where its key leads to");
    const auto& header = *reinterpret_cast<const RecordHeader*>(record->key.data() - kRecordHeaderBytes);
    if (knows_all() && (header.reserved_38 != 0 || header.reserved_56 != 0)) {
      return Broken("table 3: bytes of a record without a meaning are not 0");
    }
    if (record->key.find('\0') != std::string_view::npos) return Broken("table 3: a key holds NUL");
    if (!IsUtf8(record->key)) return Broken("table 3: a key is not UTF-8");
    if (record->place == Place::kInline && record->file_number != 0) {
      return Broken("table 3: a value in its record has a file number");
    }
    if (record->type == ValueType::kDeleted && (record->value_bytes != 0 || record->place != Place::kInline)) {
      return Broken("table 4: a deleted key has a value");
    }
    last_sequence_ = std::max(last_sequence_, record->sequence);
    if (record->sequence == 0) return Broken("table 3: a record without a sequence number");
    return taken_.Add(word, record->record_bytes, region_.path());
  }

  Status CountKey(const Record& record) {
    if (record.type == ValueType::kDeleted) return {};
    ++report_.keys;
    report_.value_bytes += record.value_bytes;
    useful_bytes_ += record.record_bytes;
    const bool in_second = record.place == Place::kInline && record.word >> kSlotSegmentShift != 0;
    if (on_disk_ || in_second || record.place == Place::kSpilled) report_.spilled_bytes += record.value_bytes;
    if (record.place == Place::kInline) {
      const std::string_view text{reinterpret_cast<const char*>(record.value), record.value_bytes};
      return record.type != ValueType::kString || IsUtf8(text) ? Status() : NotUtf8(region_.path());
    }
    if (!files_.Append({record.place, record.file_number})) return Status::FromErrno("check", region_.path(), ENOMEM);
    return ValueInFile({true, record.type, record.place, record.value_bytes, nullptr, record.file_number});
  }

  static Status NotUtf8(const char* path) { return Status::Corrupt("table 4: a string is not UTF-8", path); }

  // Rules 1 and 7 are checked by opening it.
  Status ValueInFile(const Value& value) const {
    posix::Mapping window;
    Status mapped = region_.MapValue(value, {0, 0}, &window);
    if (!mapped.ok() || value.type != ValueType::kString) return mapped;
    const Text path = region_.ValueFilePath(value);
    Utf8Check check;
    for (std::uint64_t at = 0; at < value.bytes; at += window.size()) {
      mapped = region_.MapValue(value, {at, std::min(kWindowBytes, value.bytes - at)}, &window);
      if (!mapped.ok()) return mapped;
      check.Feed(reinterpret_cast<const unsigned char*>(window.data()), window.size());
      if (window.damaged()) return Status::Corrupt("the file was truncated while it was in use", path.view());
    }
    return check.valid() ? Status() : NotUtf8(path.c_str());
  }

  // Read after the walk: all that the walk has met was reserved before.
  Status Counters() {
    const std::uint64_t tail = header_.tail.load(std::memory_order_relaxed);
    if (tail < kFirstFree || tail % kAlignment != 0 || tail > kMaxTail || tail < taken_.EndOf(0)) {
      return Broken("table 1: the tail is not where a record may begin");
    }
    const std::uint64_t spill_tail = std::max(header_.spill_tail.load(std::memory_order_relaxed), kFirstFreeSpilled);
    if (spill_tail % kAlignment != 0 || spill_tail > kMaxTail || spill_tail < taken_.EndOf(1)) {
      return Broken("table 1: the spill_tail is not where a record may begin");
    }
    if (header_.next_sequence.load(std::memory_order_relaxed) <= last_sequence_) {
      return Broken("table 1: next_sequence is not above every record's");
    }
    if (header_.next_value_file.load(std::memory_order_relaxed) == 0) return Broken("table 1: next_value_file is 0");
    report_.unused_bytes = tail - kFirstFree + (spill_tail - kFirstFreeSpilled) - useful_bytes_;
    return {};
  }

  // Counts the value files that keys name, and those that none does.
  Status FilesOf(Place place, const Text& directory_path) {
    if (directory_path.empty()) return {};
    posix::Descriptor directory;
    Status listed = posix::OpenPrivateDirectory(directory_path.c_str(), &directory);
    if (listed.error_number() == ENOENT && place == Place::kSpilled) return {};
    std::sort(files_.begin(), files_.end());
    place_ = place;
    if (listed.ok()) listed = posix::ForEachName({directory.get(), ".", directory_path.c_str()}, CountFile, this);
    return listed;
  }

  static bool CountFile(void* context, const char* name) {
    auto* self = static_cast<RegionCheck*>(context);
    const NamedFile file{self->place_, NumberOf(name)};
    if (file.number == 0) return true;
    const bool named = std::binary_search(self->files_.begin(), self->files_.end(), file);
    ++(named ? self->report_.value_files : self->report_.stray_files);
    return true;
  }

  const Region& region_;
  const Segments bytes_;
  const RegionHeader& header_;
  const bool on_disk_;
  CheckReport& report_;
  TakenBytes taken_;
  GrowableArray<NamedFile> files_;  // that keys name
  Place place_ = Place::kFile;      // of the files that are being counted
  std::uint64_t path_ = 0;          // a hash that leads to the slot that is being looked at
  std::uint64_t useful_bytes_ = 0;
  std::uint64_t last_sequence_ = 0;
};

Status CheckRegion(const char* task_directory, CheckReport* report) {
  *report = CheckReport{};
  Region region;
  Status attached = Region::Attach(task_directory, Access::kRead, &region);
  if (!attached.ok()) return attached;
  const bool on_disk = !std::string_view(task_directory).starts_with(region.task_directory());
  return RegionCheck(region, on_disk, report).Run();
}

}  // namespace otto
