// Region: the typed key-value store of one task in shared memory (docs/shm-format.md).
//
// Threads: every member but Create, Attach, Close and the move operations may be called from any number of threads of
//   any number of processes at once. No locks: readers write nothing, each publication is one compare-and-swap. A
//   forked child may go on with its parent's object: what the parent had reserved stays the parent's (fork_count.h).
// Owns: descriptors and its mapping of the region. Never the files: the run's directory is removed by its RunDirectory,
//   or by Sweep when the runner died.
// Crash: a process may die between any two instructions; readers then see a key's old value or its new one. What a dead
//   writer had reserved is lost until the task ends. A truncated, damaged or hostile region gives Status kCorrupt,
//   never a crash, an endless walk or a value that was not checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/growable_array.h"
#include "base/status.h"
#include "base/text.h"
#include "core/budget.h"
#include "core/layout.h"
#include "core/lazy.h"
#include "core/segment.h"
#include "core/segment_file.h"
#include "core/spill_area.h"
#include "posix/descriptor.h"
#include "posix/file.h"
#include "posix/mapping.h"

namespace otto {

class ValueFile;
struct Key;
struct KnownKey;
struct Spot;
struct TaskPlace;
struct OpenedFile;

using Bytes = std::span<const std::byte>;

inline Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

// How much a process means to write. It decides how memory is reserved, not what is allowed.
enum class Access : std::uint8_t {
  kRead,       // maps read-only; every write fails with kUsage
  kWriteOnce,  // one or few sets, then exit: each set reserves exactly its record and costs one pwrite
  kWrite,      // many sets: reserves and allocates 64 to 256 KiB at a time; small sets then make no system call
};

// A value as found. Plain data: it stays good as long as the Region it came from is open.
struct Value {
  bool found = false;
  ValueType type = ValueType::kRaw;
  Place place = Place::kInline;
  std::uint64_t bytes = 0;
  const std::byte* data = nullptr;  // in the region's mapping, `bytes` long; null unless place is kInline
  std::uint64_t file_number = 0;    // for kFile and kSpilled
};

// One key of List(). `key` lies in the region's mapping.
struct Entry {
  std::string_view key;
  Value value;
  std::uint64_t sequence = 0;
  std::uint64_t offset = 0;  // with the segment, as in a slot
};

class Region {
 public:
  Region() = default;  // not open: give it to Attach or Create
  Region(Region&&) noexcept = default;
  Region& operator=(Region&&) noexcept = default;
  ~Region() = default;

  // Opens the region in `task_directory` (the absolute path <OTTO_SHM_DIR>/<encoded task>) and checks rules 1 and 2 of
  // section 7. A directory or region that is not there is kIo with ENOENT.
  static Status Attach(const char* task_directory, Access access, Region* out);

  // Makes a new, empty region in an existing directory of this user; RunDirectory::CreateTask is the way to call it.
  struct Birth {
    const char* task_directory = "";
    std::uint64_t run_hash = 0;
    std::uint64_t task_hash = 0;
    Backend backend = Backend::kFiles;
  };
  static Status Create(const Birth& birth, Region* out);

  // Unmaps. Values, keys and pointers from this object end here; a Mapping made by MapValue does not.
  void Close();
  bool is_open() const { return main_.is_open(); }

  const char* path() const { return path_.c_str(); }                      // of the region's file, for messages
  const char* task_directory() const { return directory_path_.c_str(); }  // absolute

  // --- Reading -------------------------------------------------------------------------------------------------------

  // Looks up a key. An absent or deleted key is ok() with found == false. Does not copy: read `value->data` (or open
  // the file), then ask damaged() before trusting it. About 20 ns, no system call.
  Status Get(std::string_view key, Value* value) const;
  // The same with what is known of the key, which is learned here and makes the next get several times as fast.
  Status Get(std::string_view key, KnownKey* known, Value* value) const;

  // True once a page of the region was found to be lost (another process truncated the file). Reading the mapping never
  // crashes, but what came from it then is not to be believed: answer kCorrupt (DamagedStatus()).
  bool damaged() const { return main_.damaged() || spill_.damaged(); }
  Status DamagedStatus() const;

  // Whether the bytes of an inline value that were just used where they lie, are to be believed: kCorrupt when the file
  // was cut before their end, also within a page, which damaged() cannot tell. One system call
  // when the value ends with a zero, else none; Read does it by itself.
  Status Confirm(const Value& value) const;

  // Copies `to.size()` bytes from `offset` of the value, wherever it is; kUsage when the range is not in the value.
  struct Range {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  Status Read(const Value& value, std::uint64_t offset, std::span<std::byte> to) const;

  // Maps a range of a value read-only, inline or in a file, independent of this object's life: for views without a
  // copy. range.length 0 with a value of 0 bytes gives an empty mapping (data() == nullptr).
  Status MapValue(const Value& value, const Range& range, posix::Mapping* out) const;

  // Opens a value's file for reading and checks rules 1 and 7, in whichever directory it lies. kUsage when it is
  // inline.
  Status OpenValueFile(const Value& value, posix::Descriptor* out) const;
  // Whether that file is a shared memory object (docs/shm-format.md, section 12): it can only be mapped, and may be
  // longer.
  bool IsInObject(const Value& value) const { return has_objects() && value.place == Place::kFile; }
  // Absolute path of a value's file, or of its object's stub; empty when it is inline.
  Text ValueFilePath(const Value& value) const;

  // For code that looks at the index itself.
  Segments segments() const { return {main_, &spill_}; }

  // All keys that are not deleted, in the order in which they were first set.
  Status List(GrowableArray<Entry>* out) const;

  bool sealed() const;
  // The task's directory on disk, absolute; empty when the run has none or the region itself lies there (section 6).
  Text spill_directory() const;
  // Bytes that the run's budget was charged for this task.
  std::uint64_t charged_bytes() const;
  // Bytes of the file that exist, header included (not those of value files).
  std::uint64_t file_bytes() const;

  // What Set would refuse about this key and region before it looks at a value.
  Status CheckSettable(std::string_view key) const { return CheckWritable(key); }

  // --- Writing (fails with kSealed after Seal, kUsage on a region opened with kRead)
  // --------------------------------------

  // Publishes a value. Above max_inline_bytes it is written to a value file of its own. kNoSpace: nothing was
  // published, the old value is intact and nothing is left behind. About 40 ns for 16 bytes with Access::kWrite.
  struct Item {
    std::string_view key;
    ValueType type = ValueType::kRaw;
    Bytes value;
  };
  Status Set(const Item& item);
  // The same with what is known of the key.
  Status Set(const Item& item, KnownKey* known);

  // Takes a number and creates an empty <n>.value for writing; this object must stay where it is until that is
  // published. Fill it through its Append or CopyFrom, which move it to the spill directory when shared memory has no
  // room, then PublishFile.
  Status NewValueFile(ValueFile* value_file);
  // Publishes a complete file as the key's value. On failure the file is unlinked.
  Status PublishFile(std::string_view key, ValueType type, ValueFile* value_file);
  // The same for a complete `<number>.value` that the caller has made in the directory itself. On failure it stays.
  Status PublishNumbered(std::string_view key, ValueType type, std::uint64_t number);
  // Takes a number for such a file.
  Status TakeFileNumber(std::uint64_t* number);
  // Takes over a complete file of the task's directory (its name, without "/"; same checks as any value file) as the
  // key's value, by renaming it. On failure it keeps its name.
  struct Adoption {
    std::string_view key;
    ValueType type = ValueType::kRaw;
    const char* file_name = "";
  };
  Status AdoptFile(const Adoption& adoption);

  // Publishes the value that `source` has for `source_key` as this key's own, with its type: a value with a file of its
  // own by a link to the same bytes, others (and where the file system cannot link) by a copy. kUsage when there is no
  // such value.
  struct Forwarding {
    std::string_view key;
    const Region& source;
    std::string_view source_key;
  };
  Status Forward(const Forwarding& forwarding);

  // `existed` (may be null): whether there was a value to delete.
  Status Delete(std::string_view key, bool* existed);
  // No process can set anything after this; sets that have begun may still finish. Idempotent.
  Status Seal();

 private:
  friend class ValueFile;
  friend class RegionCheck;  // core/check.cc: looks at the bytes themselves
  struct Draft;
  struct Room;

  const RegionHeader* header() const { return reinterpret_cast<const RegionHeader*>(main_.base()); }
  RegionHeader* writable_header() { return reinterpret_cast<RegionHeader*>(main_.base()); }
  bool can_write() const { return access_ != Access::kRead; }
  bool has_objects() const { return main_.storage().backend() == Backend::kObjects; }

  Status OpenDirectory(const TaskPlace& place);
  Status OpenIn(const TaskPlace& place, Storage* storage);
  Status Open(const char* task_directory, Storage* storage);
  Status CheckHeader() const;
  const SegmentFile& SegmentWith(const std::byte* address) const;
  Status CheckKey(std::string_view key) const;
  Status CheckWritable(std::string_view key) const;
  Status CheckSettable(std::string_view key, ValueType type) const;
  Status LookFor(const Key& key, Spot* spot) const;
  Status BrokenStatus(BrokenRule rule) const;

  Status Store(const Draft& draft);
  Status StoreInReserved(const Draft& draft);
  Status WriteRecord(const Draft& draft, Room* room);
  Status WriteRecordIn(SegmentFile* file, const Draft& draft, Room* room);
  Status Publish(const Draft& draft, const Room& room);
  static void Describe(const Draft& draft, const Room& room, KnownKey* known);
  static void Learn(const Draft& draft, const Room& room, Slot* slot);
  bool PublishKnown(const Draft& draft, const Room& room);
  Status CheckChainHasRoom(const Spot& spot) const;
  Status Split(const Spot& spot, Room* spare_node);
  Status SetInFile(const Item& item);

  Status Claim(SegmentFile* file, std::uint64_t bytes, Room* room);
  Status ClaimCharged(SegmentFile* file, std::uint64_t bytes, Room* room);
  void GiveBack(const Room& room);
  Status ClaimAllocated(SegmentFile* file, std::uint64_t bytes, Room* room);
  Status Grow(SegmentFile* file, std::uint64_t bytes, Room* room);
  Status Reserve(std::uint64_t bytes, Room* room);
  Status SpilledSegment(Status&& no_space, SegmentFile** out) const;

  Status OpenBudget(const Budget** out) const;
  bool HasBudget() const;
  Status Charge(std::uint64_t bytes);
  void ChargeInAnyCase(std::uint64_t bytes);
  void ReturnCharge(std::uint64_t bytes);

  // A new name for a value: of an empty file, a link to a file, or an object of these bytes.
  struct NewName {
    Place place = Place::kFile;
    const posix::At* link_from = nullptr;
    const Bytes* object = nullptr;
  };
  Status CreateValueFile(Place place, ValueFile* value_file);
  Status CreateValueObject(Bytes value, ValueFile* value_file);
  Status WriteValueFile(Bytes value, ValueFile* value_file);
  Status NameValueFile(const NewName& wanted, ValueFile* value_file);
  Status StoreFile(std::string_view key, ValueType type, ValueFile* value_file);
  Status OpenFileOf(Place place, std::uint64_t number, OpenedFile* out) const;
  Status OpenFileOf(const Value& value, OpenedFile* out) const;
  Status LinkFile(const OpenedFile& source, Place place, ValueFile* value_file);
  Status ForwardInline(const Forwarding& forwarding, const Value& value);
  Status ForwardFile(const Forwarding& forwarding, const Value& value);
  Status CopyValue(const Region& source, const Value& value, ValueFile* value_file);

  posix::Descriptor directory_;
  SegmentFile main_;
  SpillArea spill_;
  Lazy<Budget> budget_;
  Text directory_path_;
  Text path_;
  Access access_ = Access::kRead;
};

}  // namespace otto
