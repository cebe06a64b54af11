// SegmentFile: one file of a region, mapped: `region`, or `region.1` in the spill directory (docs/shm-format.md,
// section 3).
//
// Threads: const members are safe from any thread of any process. Owns: descriptor and mapping, never the file.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "base/text.h"
#include "core/layout.h"
#include "core/reservation.h"
#include "posix/descriptor.h"
#include "posix/file.h"
#include "posix/mapping.h"

namespace otto {

constexpr std::uint64_t kMaxMappedBytes = 64ULL << 30;

class SegmentFile {
 public:
  SegmentFile() = default;
  // `number`: the segment's, as in a slot. The file is open already.
  SegmentFile(std::uint64_t number, posix::Descriptor&& file, Text&& path)
      : number_(number), file_(static_cast<posix::Descriptor&&>(file)), path_(static_cast<Text&&>(path)) {}

  // Maps as much as there is address space for, also behind the end of the file. kTooLarge: not even a little.
  Status Map(posix::Protection protection);
  void Close();

  bool is_open() const { return mapping_.data() != nullptr; }
  std::uint64_t number() const { return number_; }
  int fd() const { return file_.get(); }
  const char* path() const { return path_.c_str(); }
  posix::Target target() const { return {fd(), path()}; }
  std::byte* base() const { return mapping_.data(); }
  std::uint64_t mapped() const { return mapping_.size(); }
  bool damaged() const { return mapping_.damaged(); }
  bool Maps(const std::byte* address) const { return address >= base() && address < base() + mapped(); }

  std::uint64_t OffsetOf(const std::byte* address) const { return static_cast<std::uint64_t>(address - base()); }

  std::uint64_t first_free() const { return number_ == 0 ? kFirstFree : kFirstFreeSpilled; }
  // A slot's word for an offset.
  std::uint64_t WordOf(std::uint64_t offset) const { return number_ << kSlotSegmentShift | offset; }

  // How far the file reaches, as this process knows.
  const Extent& extent() const { return extent_; }
  bool Covers(std::uint64_t end) const { return extent_.Covers(fd(), end); }
  // Whether it still does: somebody may have cut it. In the page of the cut what is lost reads as zeros, without a
  // fault.
  bool StillCovers(std::uint64_t end) const;
  // What this process has reserved in it.
  Reservation& reservation() { return reservation_; }

 private:
  std::uint64_t number_ = 0;
  posix::Descriptor file_;
  posix::Mapping mapping_;
  Text path_;
  Extent extent_;
  Reservation reservation_;
};

}  // namespace otto
