// SegmentFile: one segment of a region, mapped: `region`, or `region.1` in the spill directory (docs/shm-format.md,
// section 3).
//
// Threads: const members are safe from any thread of any process. Owns: its storage, never the files.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "core/layout.h"
#include "core/reservation.h"
#include "core/storage.h"

namespace otto {

class SegmentFile {
 public:
  SegmentFile() = default;
  // `number`: the segment's, as in a slot.
  SegmentFile(std::uint64_t number, Storage&& storage) : number_(number), storage_(static_cast<Storage&&>(storage)) {}
  void Close() { storage_.Close(); }

  bool is_open() const { return base() != nullptr; }
  std::uint64_t number() const { return number_; }
  const char* path() const { return storage_.path(); }
  std::byte* base() const { return storage_.mapping().data(); }
  std::uint64_t mapped() const { return storage_.mapping().size(); }
  bool damaged() const { return storage_.damaged(); }
  bool Maps(const std::byte* address) const { return address >= base() && address < base() + mapped(); }
  // Whether [0, end) exists.
  bool Covers(std::uint64_t end) const { return storage_.Covers(end); }

  std::uint64_t OffsetOf(const std::byte* address) const { return static_cast<std::uint64_t>(address - base()); }

  std::uint64_t first_free() const { return number_ == 0 ? kFirstFree : kFirstFreeSpilled; }
  // A slot's word for an offset.
  std::uint64_t WordOf(std::uint64_t offset) const { return number_ << kSlotSegmentShift | offset; }

  // Whether [0, end) still exists: somebody may have cut it. In the page of the cut what is lost reads as zeros,
  // without a fault.
  bool StillCovers(std::uint64_t end) const { return storage_.StillCovers(end); }
  const Storage& storage() const { return storage_; }
  Storage& storage() { return storage_; }
  // What this process has reserved in it.
  Reservation& reservation() { return reservation_; }

 private:
  std::uint64_t number_ = 0;
  Storage storage_;
  Reservation reservation_;
};

}  // namespace otto
