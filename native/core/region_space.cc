// How a Region gets bytes to write to: docs/shm-format.md, section 4, steps 2 and 3, and section 6.
#include <cerrno>

#include "core/region.h"
#include "core/region_draft.h"
#include "core/run_paths.h"
#include "core/step.h"

namespace otto {
namespace {

// Of no use to anybody who has space for it, so that falling over to the disk is not an endless loop.
bool IsOverBudget(const Status& status) {
  return status.code() == StatusCode::kNoSpace && status.error_number() == 0;
}

// From this length on a reservation is for many records, each of which would fault on a page of its own.
constexpr std::uint64_t kPreparedBytes = 65536;

// A load maps the pages of 64 KiB around it, where they are there; a store only its own.
void MapPages(const std::byte* from, std::uint64_t bytes) {
  constexpr std::uint64_t kMappedAtOnce = 65536;
  for (std::uint64_t at = 0; at < bytes; at += kMappedAtOnce) {
    static_cast<void>(*reinterpret_cast<const volatile std::byte*>(from + at));
  }
}

bool Take(SegmentFile* file, std::uint64_t bytes, std::uint64_t* offset) {
  *offset = file->reservation().Take(bytes);
  return *offset != 0;
}

}  // namespace

// Moves the tail. The bytes need not exist yet.
Status Region::Claim(SegmentFile* file, std::uint64_t bytes, Room* room) {
  auto& tail = file->number() == 0 ? writable_header()->tail : writable_header()->spill_tail;
  bool begins_well = false;
  for (;;) {
    const std::uint64_t at = tail.fetch_add(bytes, std::memory_order_relaxed);
    *room = {file, at, bytes, 0};
    At(Step::kReserved);
    begins_well = at >= file->first_free() && at % kAlignment == 0;
    if (!begins_well || bytes > file->mapped() || at > file->mapped() - bytes) break;
    if (file->storage().InOnePiece(at, bytes)) return {};
    // It crosses the border of two parts and stays unused; there are not many borders.
  }
  GiveBack(*room);
  *room = {};
  if (damaged()) return DamagedStatus();
  if (!begins_well) return BrokenStatus("table 1: the tail is not where a record may begin");
  const bool is_whole = file->mapped() >= kMaxMappedBytes;
  return Status(
      Failure{StatusCode::kTooLarge, "write", file->path(), 0, is_whole ? "the region is full" : kBeyondMapping});
}

// Only while nobody has reserved after it; otherwise the bytes stay unused until the task ends.
void Region::GiveBack(const Room& room) {
  auto& tail = room.file->number() == 0 ? writable_header()->tail : writable_header()->spill_tail;
  std::uint64_t expected = room.offset + room.bytes;
  tail.compare_exchange_strong(expected, room.offset, std::memory_order_relaxed);
  At(Step::kGivenBack);
  if (room.charged != 0) ReturnCharge(room.charged);
}

// What is taken at once of shared memory is charged before.
Status Region::ClaimCharged(SegmentFile* file, std::uint64_t bytes, Room* room) {
  const std::uint64_t charge = file == &main_ && bytes > kUnchargedBytes ? bytes : 0;
  Status status;
  if (charge != 0) status = Charge(charge);
  if (!status.ok()) return status;
  status = Claim(file, bytes, room);
  if (status.ok()) room->charged = charge;
  if (!status.ok() && charge != 0) ReturnCharge(charge);
  return status;
}

Status Region::ClaimAllocated(SegmentFile* file, std::uint64_t bytes, Room* room) {
  Status status = ClaimCharged(file, bytes, room);
  if (!status.ok()) return status;
  const bool prepared = file->number() == 0 && bytes >= kPreparedBytes;
  status =
      prepared ? file->storage().AllocateWritten(room->offset, bytes) : file->storage().Allocate(room->offset, bytes);
  if (status.ok()) {
    if (prepared) MapPages(room->data(), bytes);
    At(Step::kAllocated);
  } else {
    GiveBack(*room);
    *room = {};
  }
  return status;
}

// A system that has no room for a chunk may still have it for these bytes.
Status Region::Grow(SegmentFile* file, std::uint64_t bytes, Room* room) {
  if (access_ == Access::kWrite) {
    const std::uint64_t chunk = file->reservation().NextChunk(file->number(), bytes);
    if (chunk <= bytes) return ClaimAllocated(file, bytes, room);
    Status claimed = ClaimAllocated(file, chunk, room);
    if (claimed.ok()) {
      file->reservation().Refill(room->offset + bytes, room->offset + chunk);
      room->bytes = bytes;
      room->charged = 0;  // stays with the rest of the chunk
      return {};
    }
    if (IsOverBudget(claimed)) return claimed;
  }
  return ClaimAllocated(file, bytes, room);
}

// The second segment, for a write that the first one has no space for.
Status Region::SpilledSegment(Status&& no_space, SegmentFile** out) const {
  if (no_space.code() != StatusCode::kNoSpace) return static_cast<Status&&>(no_space);
  Status opened = spill_.OpenSegment(SpillArea::IfMissing::kMake, out);
  return opened.error_number() == ENOENT ? static_cast<Status&&>(no_space) : static_cast<Status&&>(opened);
}

// Bytes that exist and may be stored to.
Status Region::Reserve(std::uint64_t bytes, Room* room) {
  std::uint64_t offset = 0;
  if (Take(&main_, bytes, &offset)) {
    *room = {&main_, offset, bytes, 0};
    return {};
  }
  // What is reserved on disk is used up before shared memory is asked again.
  SegmentFile* spilled = spill_.opened_segment();
  if (spilled != nullptr && Take(spilled, bytes, &offset)) {
    *room = {spilled, offset, bytes, 0};
    return {};
  }
  Status status = Grow(&main_, bytes, room);
  if (status.ok()) return status;
  status = SpilledSegment(static_cast<Status&&>(status), &spilled);
  return status.ok() ? Grow(spilled, bytes, room) : static_cast<Status&&>(status);
}

Status Region::OpenBudget(const Budget** out) const {
  *out = budget_.get();
  if (*out != nullptr) return {};
  const SplitPath task(directory_path_.view());
  posix::Descriptor run_fd;
  Budget opened;
  Status status = OpenRun(task.parent, &run_fd);
  if (status.ok()) status = Budget::Open(run_fd.get(), Text(task.parent), &opened);
  // Of a run that was removed nobody counts the bytes any more.
  if (!status.ok() && status.error_number() != ENOENT) return status;
  *out = budget_.Keep(static_cast<Budget&&>(opened));
  return *out == nullptr ? Status::FromErrno("get memory for", path(), ENOMEM) : Status();
}

// `used` first: a writer that dies in between leaves too much used, which only spills early; not too much to take back.
Status Region::Charge(std::uint64_t bytes) {
  const Budget* budget = nullptr;
  Status status = OpenBudget(&budget);
  if (!status.ok() || !budget->limited()) return status;
  status = budget->Charge(bytes);
  if (!status.ok()) return status;
  At(Step::kBudgetAdded);
  writable_header()->charged.fetch_add(bytes, std::memory_order_relaxed);
  At(Step::kCharged);
  return {};
}

// For bytes that are there already.
void Region::ChargeInAnyCase(std::uint64_t bytes) {
  const Budget* budget = nullptr;
  if (!OpenBudget(&budget).ok() || !budget->limited()) return;
  budget->ChargeInAnyCase(bytes);
  At(Step::kBudgetAdded);
  writable_header()->charged.fetch_add(bytes, std::memory_order_relaxed);
  At(Step::kCharged);
}

// One that cannot be opened counts: Charge will say what is wrong.
bool Region::HasBudget() const {
  const Budget* budget = nullptr;
  return !OpenBudget(&budget).ok() || budget->limited();
}

void Region::ReturnCharge(std::uint64_t bytes) {
  const Budget* budget = nullptr;
  if (!OpenBudget(&budget).ok() || !budget->limited()) return;
  writable_header()->charged.fetch_sub(bytes, std::memory_order_relaxed);
  At(Step::kChargeReturned);
  budget->Return(bytes);
}

}  // namespace otto
