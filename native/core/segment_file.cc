#include "core/segment_file.h"

namespace otto {
namespace {

constexpr std::uint64_t kMappedBytes[] = {kMaxMappedBytes, 8ULL << 30,  1ULL << 30,
                                          128ULL << 20,    16ULL << 20, 1ULL << 20};
constexpr std::uint64_t kModestBytes = 16ULL << 20;

// Where address space is limited, a region leaves most of it to the program, unless the file itself needs more.
bool IsGreedy(std::uint64_t length, std::uint64_t limit, std::uint64_t file_bytes) {
  return length > limit / 8 && length > kModestBytes && length / 8 >= file_bytes;
}

}  // namespace

Status SegmentFile::Map(posix::Protection protection) {
  std::uint64_t file_bytes = 0;
  Status mapped = posix::SizeOf(fd(), path(), &file_bytes);
  if (!mapped.ok()) return mapped;
  extent_.Raise(file_bytes);
  const std::uint64_t limit = posix::AddressSpaceLimit();
  for (const std::uint64_t length : kMappedBytes) {
    if (IsGreedy(length, limit, file_bytes)) continue;
    mapped = posix::Mapping::Map({fd(), path(), 0, length, protection}, &mapping_);
    if (mapped.ok()) break;
  }
  return mapped;
}

bool SegmentFile::StillCovers(std::uint64_t end) const {
  std::uint64_t bytes = 0;
  return posix::SizeOf(fd(), path(), &bytes).ok() && bytes >= end;
}

void SegmentFile::Close() {
  mapping_.Unmap();
  file_.Close();
}

}  // namespace otto
