// Segments: checked access to the bytes of a region, in shared memory and on disk. Every word that comes from the
// region goes through here before it is used, so nothing else has to know how a damaged or hostile region can lie.
//
// Threads: safe from any. Owns: nothing; it lives shorter than the Region it looks into.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/layout.h"
#include "core/segment_file.h"
#include "core/spill_area.h"

namespace otto {

// Null: all is well; else which validity rule of docs/shm-format.md is broken, or one of these three.
using BrokenRule = const char*;
extern const char kNoSecondSegment[];  // a slot leads to a segment that cannot be opened
extern const char kBeyondMapping[];    // the file is longer than this process could map
extern const char kNoMemory[];         // this process has no memory for the answer

struct Key {
  explicit Key(std::string_view t);
  Key(std::string_view t, std::uint64_t known_hash) : text(t), hash(known_hash) {}

  std::string_view text;
  std::uint64_t hash;
};

// A record as read once and checked by rule 5; its fields no longer change, whatever happens to the region.
struct Record {
  std::uint64_t word = 0;  // what a slot that names it holds
  std::uint64_t previous = 0;
  std::uint64_t sequence = 0;
  std::uint64_t key_hash = 0;
  std::uint64_t value_bytes = 0;
  std::uint64_t file_number = 0;
  std::uint64_t record_bytes = 0;
  std::string_view key;
  const std::byte* value = nullptr;  // null unless place is kInline
  ValueType type = ValueType::kDeleted;
  Place place = Place::kInline;

  bool Has(const Key& wanted) const { return key_hash == wanted.hash && key == wanted.text; }
};

class Segments {
 public:
  // `spill` null: there is no second segment.
  Segments(const SegmentFile& main, const SpillArea* spill) : main_(&main), spill_(spill) {}

  // Writable only when the mapping is.
  Slot* RootSlots() const { return reinterpret_cast<Slot*>(main_->base() + kRootOffset); }
  Slot* RootSlot(std::uint64_t hash) const { return RootSlots() + SlotIndex(hash, 0); }

  // Whether nodes of so many bytes fit into the files.
  bool CanHold(std::uint64_t bytes) const;

  // Rule 3, for a slot's word that is not 0: the node's 64 slots.
  BrokenRule CheckNode(std::uint64_t word, Slot** slots) const;
  // Rules 3 and 5.
  BrokenRule ReadRecord(std::uint64_t word, Record* record) const;

 private:
  // Bytes that a word leads to.
  struct Found {
    const SegmentFile* file;
    std::uint64_t offset;
    std::byte* at() const { return file->base() + offset; }
  };
  BrokenRule Locate(std::uint64_t word, std::uint64_t bytes, Found* found) const;
  BrokenRule FindSecond(std::uint64_t word, const SegmentFile** file) const;

  const SegmentFile* main_;
  const SpillArea* spill_;
};

}  // namespace otto
