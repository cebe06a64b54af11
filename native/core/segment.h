// Segment: checked access to the bytes of a region. Every offset that comes from the region goes through here before it
// is used, so nothing else has to know how a damaged or hostile region can lie.
//
// Threads: safe from any. Owns: nothing; it lives shorter than the Region it looks into.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/layout.h"
#include "core/reservation.h"
#include "posix/mapping.h"

namespace otto {

// Null: all is well; else which validity rule of docs/shm-format.md is broken.
using BrokenRule = const char*;

struct Key {
  explicit Key(std::string_view t);

  std::string_view text;
  std::uint64_t hash;
};

// A record as read once and checked by rule 5; its fields no longer change, whatever happens to the region.
struct Record {
  std::uint64_t offset = 0;
  std::uint64_t previous = 0;
  std::uint64_t sequence = 0;
  std::uint64_t key_hash = 0;
  std::uint64_t value_bytes = 0;
  std::uint64_t file_number = 0;
  std::string_view key;
  const std::byte* value = nullptr;  // null unless place is kInline
  ValueType type = ValueType::kDeleted;
  Place place = Place::kInline;

  bool Has(const Key& wanted) const { return key_hash == wanted.hash && key == wanted.text; }
};

class Segment {
 public:
  Segment(const posix::Mapping& mapping, const Extent& extent, int fd)
      : base_(mapping.data()), mapped_(mapping.size()), extent_(extent), fd_(fd) {}

  // Writable only when the mapping is.
  Slot* SlotAt(std::uint64_t offset) const { return reinterpret_cast<Slot*>(base_ + offset); }
  Slot* RootSlot(std::uint64_t hash) const { return SlotAt(kRootOffset + 8 * SlotIndex(hash, 0)); }
  Slot* NodeSlot(std::uint64_t node, std::uint64_t index) const { return SlotAt(node + 8 * index); }
  RecordHeader* HeaderAt(std::uint64_t offset) const { return reinterpret_cast<RecordHeader*>(base_ + offset); }
  std::byte* BytesAt(std::uint64_t offset) const { return base_ + offset; }

  // Whether the file is at least this long.
  bool CanHold(std::uint64_t bytes) const { return extent_.Covers(fd_, bytes); }

  // Rule 3, for a slot's word that is not 0.
  BrokenRule CheckNode(std::uint64_t word, std::uint64_t* offset) const;
  // Rules 3 and 5.
  BrokenRule ReadRecord(std::uint64_t word, Record* record) const;

 private:
  BrokenRule CheckSlot(std::uint64_t word, std::uint64_t bytes, std::uint64_t* offset) const;
  bool Holds(std::uint64_t end) const { return end <= mapped_ && extent_.Covers(fd_, end); }

  std::byte* base_;
  std::uint64_t mapped_;
  const Extent& extent_;
  int fd_;
};

}  // namespace otto
