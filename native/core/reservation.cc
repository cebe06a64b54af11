#include "core/reservation.h"

#include "posix/file.h"

namespace otto {

void Extent::Raise(std::uint64_t to) const {
  std::uint64_t known = bytes_.load(std::memory_order_relaxed);
  while (known < to && !bytes_.compare_exchange_weak(known, to, std::memory_order_relaxed)) {
  }
}

bool Extent::Refresh(int fd, std::uint64_t end) const {
  std::uint64_t bytes = 0;
  if (!posix::SizeOf(fd, "", &bytes).ok()) return false;
  Raise(bytes);
  return end <= bytes;
}

}  // namespace otto
