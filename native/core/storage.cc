#include "core/storage.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "core/layout.h"
#include "posix/shared_object.h"

namespace otto {
namespace {

static_assert(static_cast<std::uint32_t>(Backend::kFiles) == kBackendFiles);
static_assert(static_cast<std::uint32_t>(Backend::kObjects) == kBackendObjects);

constexpr std::string_view kPartName = "region.p";
// Address space may be limited (RLIMIT_AS).
constexpr std::uint64_t kMappedBytes[] = {kMaxMappedBytes, 8ULL << 30,  1ULL << 30,
                                          128ULL << 20,    16ULL << 20, 1ULL << 20};
// Part 11 is the first one of 1 GiB; all later ones have the same size.
constexpr std::uint32_t kFirstLargestPart = 11;

// "region.p<k>"
struct PartFileName {
  explicit PartFileName(std::uint32_t number) {
    std::memcpy(text, kPartName.data(), kPartName.size());
    char* to = text + kPartName.size();
    if (number >= 10) *to++ = static_cast<char>('0' + number / 10);
    *to = static_cast<char>('0' + number % 10);
  }
  char text[16] = {};
};

static_assert(kMaxParts <= 100);

constexpr std::uint64_t kModestBytes = 16ULL << 20;

// Where address space is limited, a region leaves most of it to the program, unless the file itself needs more.
bool IsGreedy(std::uint64_t length, std::uint64_t limit, std::uint64_t file_bytes) {
  return length > limit / 8 && length > kModestBytes && length / 8 >= file_bytes;
}

Status TooLarge(const char* path) {
  return Status(Failure{StatusCode::kTooLarge, "write", path, 0, "the region is full"});
}

Status OpenObjectOf(const posix::At& stub, std::uint64_t bytes, posix::Descriptor* object) {
  posix::Descriptor file;
  posix::ObjectName name;
  Status status = posix::OpenPrivateFileAt(stub, posix::OpenMode::kRead, &file);
  if (status.ok()) status = posix::ReadStub({file.get(), stub.path}, &name);
  return status.ok() ? posix::OpenObject({name, stub.path, bytes}, object) : static_cast<Status&&>(status);
}

std::size_t TotalOf(std::span<const posix::Piece> pieces) {
  std::size_t total = 0;
  for (const posix::Piece& piece : pieces) total += piece.size();
  return total;
}

}  // namespace

Status ChooseBackend(Backend* backend) {
#ifdef __linux__
  constexpr Backend kDefault = Backend::kFiles;
#else
  constexpr Backend kDefault = Backend::kObjects;
#endif
  const char* wanted = std::getenv("OTTO_SHM_BACKEND");
  const std::string_view name = wanted == nullptr ? "" : wanted;
  *backend = name == "files" ? Backend::kFiles : name == "objects" ? Backend::kObjects : kDefault;
  if (name.empty() || name == "files" || name == "objects") return {};
  return Status::Usage("OTTO_SHM_BACKEND is \"files\" or \"objects\"", name);
}

Part PartAt(std::uint64_t offset) {
  if (offset < kFirstPartBytes) return {0, 0, kFirstPartBytes};
  if (offset >= kLargestPartBytes) {
    const std::uint64_t index = offset / kLargestPartBytes;
    const auto number = static_cast<std::uint32_t>(kFirstLargestPart + index - 1);
    return {number, index * kLargestPartBytes, kLargestPartBytes};
  }
  Part part{1, kFirstPartBytes, kFirstPartBytes};
  while (offset >= part.end()) part = {part.number + 1, part.end(), part.bytes * 2};
  return part;
}

Storage& Storage::operator=(Storage&& other) noexcept {
  if (this == &other) return *this;
  Close();
  backend_ = other.backend_;
  protection_ = other.protection_;
  directory_fd_ = other.directory_fd_;
  path_ = static_cast<Text&&>(other.path_);
  mapping_ = static_cast<posix::Mapping&&>(other.mapping_);
  covered_.store(other.covered_.exchange(0, std::memory_order_relaxed), std::memory_order_relaxed);
  for (std::uint32_t i = 0; i < kMaxParts; ++i) {
    parts_[i].store(other.parts_[i].exchange(0, std::memory_order_relaxed), std::memory_order_relaxed);
  }
  return *this;
}

void Storage::Close() {
  mapping_.Unmap();
  covered_.store(0, std::memory_order_relaxed);
  for (std::atomic<int>& part : parts_) posix::CloseDescriptor(part.exchange(0, std::memory_order_relaxed) - 1);
}

Status Storage::Create(const posix::At& at, Backend backend, Storage* out) {
  Storage made;
  made.backend_ = backend;
  made.protection_ = posix::Protection::kReadWrite;
  made.directory_fd_ = at.directory_fd;
  made.path_ = Text(at.path);
  posix::Descriptor opened;
  Status status = backend == Backend::kObjects ? posix::CreateObjectAt(at, kFirstPartBytes, &opened)
                                               : posix::CreateFileAt(at, &opened);
  if (!status.ok()) return status;
  made.parts_[0].store(opened.Release() + 1, std::memory_order_release);
  status = made.Map();
  if (status.ok()) *out = static_cast<Storage&&>(made);
  if (!status.ok()) {
    Status ignored = posix::RemoveStubAt(at, nullptr);
  }
  return status;
}

// Only a stub is that short: a region has at least 65,536 bytes.
Status Storage::Open(const posix::At& at, posix::OpenMode mode, Storage* out) {
  Storage opened;
  opened.protection_ = mode == posix::OpenMode::kRead ? posix::Protection::kRead : posix::Protection::kReadWrite;
  opened.directory_fd_ = at.directory_fd;
  opened.path_ = Text(at.path);
  posix::Descriptor file;
  Status status = posix::OpenPrivateFileAt(at, mode, &file);
  if (!status.ok()) return status;
  std::uint64_t bytes = 0;
  status = posix::SizeOf(file.get(), at.path, &bytes);
  if (!status.ok()) return status;
  if (bytes == posix::kStubBytes) {
    posix::ObjectName name;
    status = posix::ReadStub({file.get(), at.path}, &name);
    if (status.ok()) status = posix::OpenObject({name, at.path, kFirstPartBytes}, &file);
    if (!status.ok()) return status;
    opened.backend_ = Backend::kObjects;
  }
  opened.parts_[0].store(file.Release() + 1, std::memory_order_release);
  status = opened.Map();
  if (status.ok()) *out = static_cast<Storage&&>(opened);
  return status;
}

Status Storage::Adopt(posix::Descriptor&& file, Text&& path, posix::Protection protection, Storage* out) {
  Storage adopted;
  adopted.protection_ = protection;
  adopted.path_ = static_cast<Text&&>(path);
  adopted.parts_[0].store(file.Release() + 1, std::memory_order_release);
  Status status = adopted.Map();
  if (status.ok()) *out = static_cast<Storage&&>(adopted);
  return status;
}

Status Storage::Map() {
  std::uint64_t file_bytes = 0;
  Status mapped = posix::SizeOf(PartDescriptor(0), path_.c_str(), &file_bytes);
  if (!mapped.ok()) return mapped;
  if (backend_ == Backend::kFiles) Raise(file_bytes);
  const std::uint64_t limit = posix::AddressSpaceLimit();
  for (const std::uint64_t length : kMappedBytes) {
    if (IsGreedy(length, limit, file_bytes)) continue;
    const posix::MapRequest whole{PartDescriptor(0), path_.c_str(), 0, length, protection_};
    mapped = backend_ == Backend::kObjects ? posix::Mapping::Reserve(whole, &mapping_)
                                           : posix::Mapping::Map(whole, &mapping_);
    if (mapped.ok()) break;
  }
  if (mapped.ok() && backend_ == Backend::kObjects) mapped = PlaceParts(kFirstPartBytes, false);
  return mapped;
}

void Storage::Raise(std::uint64_t to) const {
  std::uint64_t known = covered_.load(std::memory_order_relaxed);
  // Pairs with nothing: who sees the new extent may touch the mapping, which the kernel has changed before.
  while (known < to && !covered_.compare_exchange_weak(known, to, std::memory_order_release)) {
  }
}

bool Storage::Extend(std::uint64_t end) const {
  if (end > mapping_.size()) return false;
  if (backend_ == Backend::kObjects) return PlaceParts(end, false).ok();
  std::uint64_t bytes = 0;
  if (!posix::SizeOf(PartDescriptor(0), path_.c_str(), &bytes).ok()) return false;
  Raise(bytes);
  return end <= bytes;
}

bool Storage::StillCovers(std::uint64_t end) const {
  if (end == 0) return true;
  const Part part = backend_ == Backend::kFiles ? Part{0, 0, end} : PartAt(end - 1);
  std::uint64_t bytes = 0;
  return posix::SizeOf(PartDescriptor(part.number), path_.c_str(), &bytes).ok() && bytes >= end - part.start;
}

std::uint64_t Storage::file_bytes() const {
  if (backend_ == Backend::kFiles) {
    std::uint64_t bytes = 0;
    return posix::SizeOf(PartDescriptor(0), path_.c_str(), &bytes).ok() ? bytes : covered_bytes();
  }
  while (covered_bytes() < mapping_.size() && Extend(covered_bytes() + 1)) {
  }
  return covered_bytes();
}

bool Storage::InOnePiece(std::uint64_t offset, std::uint64_t length) const {
  if (offset > mapping_.size() || length > mapping_.size() - offset) return false;
  return backend_ == Backend::kFiles || length <= PartAt(offset).end() - offset;
}

Status Storage::Allocate(std::uint64_t offset, std::uint64_t length) {
  if (!InOnePiece(offset, length)) return TooLarge(path_.c_str());
  if (backend_ == Backend::kFiles) {
    Status allocated = posix::Allocate(PartDescriptor(0), path_.c_str(), offset, length);
    if (allocated.ok()) Raise(offset + length);
    return allocated;
  }
  if (offset + length > covered_bytes()) {
    Status placed = PlaceParts(offset + length, true);
    if (!placed.ok()) return placed;
  }
  const Part part = PartAt(offset);
  return posix::ReserveObject({PartDescriptor(part.number), path_.c_str()}, offset - part.start, length);
}

Status Storage::AllocateWritten(std::uint64_t offset, std::uint64_t length) {
  if (backend_ == Backend::kObjects || !InOnePiece(offset, length)) return Allocate(offset, length);
  Status allocated = posix::AllocateWritten(PartDescriptor(0), path_.c_str(), offset, length);
  if (allocated.ok()) Raise(offset + length);
  return allocated;
}

Status Storage::Write(std::uint64_t offset, std::span<const posix::Piece> pieces) {
  if (backend_ == Backend::kFiles) {
    Status written = posix::WriteAt({PartDescriptor(0), path_.c_str()}, offset, pieces);
    if (written.ok()) Raise(offset + TotalOf(pieces));
    return written;
  }
  Status allocated = Allocate(offset, TotalOf(pieces));
  if (!allocated.ok()) return allocated;
  std::byte* to = mapping_.data() + offset;
  for (const posix::Piece& piece : pieces) {
    if (!piece.empty()) std::memcpy(to, piece.data(), piece.size());
    to += piece.size();
  }
  return damaged() ? Status::Corrupt("the object was truncated while it was in use", path_.view()) : Status();
}

Status Storage::MapRange(std::uint64_t offset, std::uint64_t length, posix::Mapping* out) const {
  if (!InOnePiece(offset, length) || !Covers(offset + length)) {
    return Status::Corrupt("section 12: a value crosses the border of two parts", path_.view());
  }
  if (backend_ == Backend::kFiles) {
    return posix::Mapping::Map({PartDescriptor(0), path_.c_str(), offset, length, posix::Protection::kRead}, out);
  }
  const Part part = PartAt(offset);
  const int fd = PartDescriptor(part.number);
  return posix::Mapping::Map({fd, path_.c_str(), offset - part.start, length, posix::Protection::kRead}, out);
}

// Parts exist in the order of their numbers: whoever makes one has made those before it.
Status Storage::PlaceParts(std::uint64_t end, bool make) const {
  if (end > mapping_.size()) return TooLarge(path_.c_str());
  for (std::uint64_t known = covered_bytes(); known < end; known = covered_bytes()) {
    const Part part = PartAt(known);
    posix::Descriptor object;
    // Part 0 is open from the beginning.
    Status status = part.number == 0 ? Status() : OpenPart(part, make, &object);
    if (status.ok()) status = PlacePart(part, static_cast<posix::Descriptor&&>(object));
    if (!status.ok()) return status;
  }
  return {};
}

Status Storage::OpenPart(const Part& part, bool make, posix::Descriptor* object) const {
  const PartFileName name(part.number);
  const Text path(path_.view(), name.text + sizeof "region" - 1);
  const posix::At at{directory_fd_, name.text, path.c_str()};
  Status status = OpenObjectOf(at, part.bytes, object);
  if (!make || status.error_number() != ENOENT) return status;
  status = posix::CreateObjectAt(at, part.bytes, object);
  // Somebody was faster: theirs is the one.
  return status.error_number() == EEXIST ? OpenObjectOf(at, part.bytes, object) : static_cast<Status&&>(status);
}

// Two threads may come here with the same part. Both map the same object at the same place; one descriptor is kept.
Status Storage::PlacePart(const Part& part, posix::Descriptor object) const {
  const int fd = object.valid() ? object.get() : PartDescriptor(part.number);
  Status placed = mapping_.Place(part.start, {fd, path_.c_str(), 0, part.bytes, protection_});
  if (!placed.ok()) return placed;
  int none = 0;
  if (object.valid() && parts_[part.number].compare_exchange_strong(none, fd + 1, std::memory_order_acq_rel)) {
    object.Release();
  }
  Raise(part.end());
  return {};
}

}  // namespace otto
