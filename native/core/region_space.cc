// How a Region gets bytes to write to: docs/shm-format.md, section 4, steps 2 and 3.
#include "core/region.h"

namespace otto {

// Moves the tail. The bytes need not exist yet.
Status Region::Claim(std::uint64_t bytes, std::uint64_t* offset) {
  const std::uint64_t at = writable_header()->tail.fetch_add(bytes, std::memory_order_relaxed);
  if (at >= kFirstFree && at % kAlignment == 0 && at <= mapping_.size() - bytes) {
    *offset = at;
    return {};
  }
  GiveBack(at, bytes);
  if (damaged()) return DamagedStatus();
  if (at >= kFirstFree && at % kAlignment == 0) {
    return Status(Failure{StatusCode::kTooLarge, "write", path(), 0, "the region is full"});
  }
  return BrokenStatus("table 1: the tail is not where a record may begin");
}

// Only while nobody has reserved after it; otherwise the bytes stay unused until the task ends.
void Region::GiveBack(std::uint64_t offset, std::uint64_t bytes) {
  std::uint64_t expected = offset + bytes;
  writable_header()->tail.compare_exchange_strong(expected, offset, std::memory_order_relaxed);
}

Status Region::ClaimAllocated(std::uint64_t bytes, std::uint64_t* offset) {
  Status claimed = Claim(bytes, offset);
  if (!claimed.ok()) return claimed;
  Status allocated = posix::Allocate(file_.get(), path(), *offset, bytes);
  if (allocated.ok()) {
    extent_.Raise(*offset + bytes);
  } else {
    GiveBack(*offset, bytes);
  }
  return allocated;
}

// Bytes that exist and may be stored to. A system that has no room for a chunk may still have it for these bytes.
Status Region::Reserve(std::uint64_t bytes, std::uint64_t* offset) {
  if (access_ != Access::kWrite) return ClaimAllocated(bytes, offset);
  *offset = reservation_.Take(bytes);
  if (*offset != 0) return {};
  const std::uint64_t chunk = reservation_.NextChunk();
  Status claimed = ClaimAllocated(chunk, offset);
  if (!claimed.ok()) return ClaimAllocated(bytes, offset);
  reservation_.Refill(*offset + bytes, *offset + chunk);
  return {};
}

}  // namespace otto
