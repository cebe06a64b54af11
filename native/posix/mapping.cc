#include "posix/mapping.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "posix/fault_guard.h"

namespace otto::posix {
namespace {

int FlagsOf(Protection protection) {
  return protection == Protection::kRead ? PROT_READ : PROT_READ | PROT_WRITE;
}

Status MapFailure(const char* path, int error) {
  if (error != ENOMEM) return Status::FromErrno("map", path, error);
  return Status(
      Failure{StatusCode::kTooLarge, "map", path, error, "there is not enough address space; raise \"ulimit -v\""});
}

}  // namespace

std::uint64_t AddressSpaceLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return ~std::uint64_t{0};
  return limit.rlim_cur;
}

Mapping::Mapping(Mapping&& other) noexcept
    : data_(other.data_), size_(other.size_), base_(other.base_), guard_(other.guard_) {
  other.data_ = other.base_ = nullptr;
  other.size_ = 0;
  other.guard_ = nullptr;
}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  if (this == &other) return *this;
  Unmap();
  data_ = other.data_;
  size_ = other.size_;
  base_ = other.base_;
  guard_ = other.guard_;
  other.data_ = other.base_ = nullptr;
  other.size_ = 0;
  other.guard_ = nullptr;
  return *this;
}

Status Mapping::Map(const MapRequest& request, Mapping* out) {
  out->Unmap();
  if (request.length == 0) return {};
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t lead = request.offset % page;
  const int protection = FlagsOf(request.protection);
  void* base = ::mmap(nullptr, request.length + lead, protection, MAP_SHARED | MAP_NORESERVE, request.fd,
                      static_cast<off_t>(request.offset - lead));
  if (base == MAP_FAILED) return MapFailure(request.path, errno);
  GuardedRange* guard = GuardRange(base, request.length + lead, protection);
  if (guard == nullptr) {
    ::munmap(base, request.length + lead);
    return MapFailure(request.path, ENOMEM);
  }
  out->base_ = static_cast<std::byte*>(base);
  out->data_ = out->base_ + lead;
  out->size_ = request.length;
  out->guard_ = guard;
  return {};
}

Status Mapping::Reserve(const MapRequest& request, Mapping* out) {
  out->Unmap();
  void* base = ::mmap(nullptr, request.length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return MapFailure(request.path, errno);
  GuardedRange* guard = GuardRange(base, request.length, FlagsOf(request.protection));
  if (guard == nullptr) {
    ::munmap(base, request.length);
    return MapFailure(request.path, ENOMEM);
  }
  out->base_ = out->data_ = static_cast<std::byte*>(base);
  out->size_ = request.length;
  out->guard_ = guard;
  return {};
}

Status Mapping::Place(std::uint64_t at, const MapRequest& part) const {
  if (at > size_ || part.length > size_ - at) return MapFailure(part.path, ENOMEM);
  const int protection = guard_->protection.load(std::memory_order_relaxed);
  void* placed =
      ::mmap(data_ + at, part.length, protection, MAP_SHARED | MAP_FIXED, part.fd, static_cast<off_t>(part.offset));
  return placed == MAP_FAILED ? MapFailure(part.path, errno) : Status();
}

void Mapping::Unmap() {
  if (base_ == nullptr) return;
  ReleaseRange(guard_);
  ::munmap(base_, size_ + static_cast<std::uint64_t>(data_ - base_));
  data_ = base_ = nullptr;
  size_ = 0;
  guard_ = nullptr;
}

}  // namespace otto::posix
