// Storage: the bytes of one segment of a region, in this process's memory, growing while they are mapped. The one
// interface behind which both back ends sit (docs/shm-format.md, sections 8 and 12):
//
//   kFiles    one file; growing is fallocate(2) or pwrite(2), and every mapping sees the new bytes
//   kObjects  shared memory objects that never change their size: parts, each mapped at its place when it is first
//   needed
//
// What holds for both: the bytes of an offset have one address for as long as the storage is open; bytes that exist
// never go away; whoever makes bytes exist, in whatever process, makes them for all.
//
// Threads: const members, Allocate and Write are safe from any thread of any process.
// Owns: descriptors and the mapping. Never names: those go with the task's directory.
// Crash: a process may die anywhere; what it was making is used by nobody and goes with the task's directory.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/status.h"
#include "base/text.h"
#include "posix/descriptor.h"
#include "posix/file.h"
#include "posix/mapping.h"

namespace otto {

enum class Backend : std::uint8_t { kFiles = 0, kObjects = 1 };

// What new runs use: OTTO_SHM_BACKEND ("files" or "objects"; anything else is kUsage), else files where the system has
// a file system in memory, and objects where it has none (macOS).
Status ChooseBackend(Backend* backend);

constexpr std::uint64_t kFirstPartBytes = std::uint64_t{1} << 20;
constexpr std::uint64_t kLargestPartBytes = std::uint64_t{1} << 30;
constexpr std::uint64_t kMaxMappedBytes = std::uint64_t{64} << 30;
constexpr std::uint32_t kMaxParts = 74;  // so many make kMaxMappedBytes

// A part of a segment that lies in objects.
struct Part {
  std::uint32_t number = 0;
  std::uint64_t start = 0;
  std::uint64_t bytes = 0;

  std::uint64_t end() const { return start + bytes; }
};
// The part that an offset below kMaxMappedBytes lies in.
Part PartAt(std::uint64_t offset);

class Storage {
 public:
  Storage() = default;  // not open: give it to Create or Open
  Storage(Storage&& other) noexcept { *this = static_cast<Storage&&>(other); }
  Storage& operator=(Storage&& other) noexcept;
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  ~Storage() { Close(); }

  // Makes a new, empty storage at `at` (a free name: else EEXIST) and opens it for writing. Its further parts are
  // called "region.p<k>". The directory's descriptor must stay open for as long as the storage may grow.
  static Status Create(const posix::At& at, Backend backend, Storage* out);
  // Opens the storage at `at`, whichever back end it has, by rule 1. kTooLarge: there is too little address space.
  static Status Open(const posix::At& at, posix::OpenMode mode, Storage* out);
  // The same for a plain file that is open already.
  static Status Adopt(posix::Descriptor&& file, Text&& path, posix::Protection protection, Storage* out);
  void Close();

  const char* path() const { return path_.c_str(); }
  Backend backend() const { return backend_; }
  const posix::Mapping& mapping() const { return mapping_; }
  bool damaged() const { return mapping_.damaged(); }

  // Whether [0, end) exists and may be read through the mapping. Costs nothing once it has been true.
  bool Covers(std::uint64_t end) const { return end <= covered_.load(std::memory_order_relaxed) || Extend(end); }
  // Whether the bytes up to `end`, which did exist, are still there: only a hostile process cuts them off.
  bool StillCovers(std::uint64_t end) const;
  // How much that was, the last time that anybody asked; and what the system says now.
  std::uint64_t covered_bytes() const { return covered_.load(std::memory_order_relaxed); }
  std::uint64_t file_bytes() const;

  // Whether these bytes lie in one piece, as all that is stored at once must.
  bool InOnePiece(std::uint64_t offset, std::uint64_t length) const;

  // Makes [offset, offset + length), in one piece, exist and writable through the mapping. kNoSpace: nothing changed.
  Status Allocate(std::uint64_t offset, std::uint64_t length);
  // The same, with pages that have been written to: faster where many small records follow.
  Status AllocateWritten(std::uint64_t offset, std::uint64_t length);
  // Makes bytes exist and writes them, one piece after the other. Parts may have been written when it fails.
  Status Write(std::uint64_t offset, std::span<const posix::Piece> pieces);
  // Maps a range that exists, in one piece, once more, read-only and independent of this object.
  Status MapRange(std::uint64_t offset, std::uint64_t length, posix::Mapping* out) const;

 private:
  bool Extend(std::uint64_t end) const;
  void Raise(std::uint64_t to) const;
  Status Map();
  int PartDescriptor(std::uint32_t number) const { return parts_[number].load(std::memory_order_acquire) - 1; }
  // Opens the parts up to `end` and maps them; `make`: makes those that are not there.
  Status PlaceParts(std::uint64_t end, bool make) const;
  Status OpenPart(const Part& part, bool make, posix::Descriptor* object) const;
  Status PlacePart(const Part& part, posix::Descriptor object) const;

  Backend backend_ = Backend::kFiles;
  posix::Protection protection_ = posix::Protection::kRead;
  int directory_fd_ = -1;
  Text path_;
  posix::Mapping mapping_;
  mutable std::atomic<std::uint64_t> covered_{0};
  // Descriptors plus one, so that 0 means none. A file has one part.
  mutable std::atomic<int> parts_[kMaxParts] = {};
};

}  // namespace otto
