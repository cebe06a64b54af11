// The SIGBUS handler behind Mapping: see there.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace otto::posix {

// An address range in which a fault is answered by a page of zeros. Its memory is never given back to the system.
struct GuardedRange {
  std::atomic<std::uintptr_t> begin{0};  // 0: free; 1: being set up
  std::atomic<std::uintptr_t> end{0};
  std::atomic<int> protection{0};
  std::atomic<std::uint32_t> damaged{0};
};

// Null when there is no memory for one more range.
GuardedRange* GuardRange(const void* begin, std::size_t length, int protection);
void ReleaseRange(GuardedRange* range);

// Installs the handler again where the host of a guest (guest.h) has put another one in its place: shells do, when they
// set their traps and after each fork.
void RenewFaultGuard();

}  // namespace otto::posix
