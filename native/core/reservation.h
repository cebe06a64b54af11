// How a writer gets bytes of a region (docs/shm-format.md, section 4, steps 2 and 3).
//
// Threads: all members are safe from any thread; there are no locks.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/layout.h"
#include "posix/fork_count.h"

namespace otto {

// The part of the file that this process has reserved and allocated but not used yet, in one word so that threads can
// share it: bits 0-31 the next free unit, 32-63 the end, in units of 64 bytes. 0: nothing.
//
// It belongs to one process: a forked child has a copy of the word and would write where its parent does. So the child
// finds it empty, and reserves for itself.
class Reservation {
 public:
  Reservation() = default;
  Reservation(Reservation&& other) noexcept { *this = static_cast<Reservation&&>(other); }
  Reservation& operator=(Reservation&& other) noexcept {
    word_.store(other.word_.exchange(0, std::memory_order_relaxed), std::memory_order_relaxed);
    refills_.store(other.refills_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    owner_.store(other.owner_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    child_.store(other.child_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    exact_.store(other.exact_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    return *this;
  }

  // Takes `bytes` (a multiple of 64) of what this process has reserved; 0 when it does not suffice.
  std::uint64_t Take(std::uint64_t bytes) {
    // Pairs with the release in Refill: what another thread refilled after a fork is seen with its owner.
    if (owner_.load(std::memory_order_acquire) != posix::ForkCount()) return 0;
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    for (;;) {
      const std::uint64_t next = word & 0xffffffffULL;
      const std::uint64_t end = word >> 32;
      const std::uint64_t after = next + bytes / 64;
      if (after > end) return 0;
      // Acquires what the thread that reserved the bytes did to them (MapPages).
      if (word_.compare_exchange_weak(word, (end << 32) | after, std::memory_order_acquire, std::memory_order_relaxed))
        return next * 64;
    }
  }
  // Replaces what is left; the rest of the old one is never used.
  void Refill(std::uint64_t next, std::uint64_t end) {
    word_.store((end / 64) << 32 | next / 64, std::memory_order_release);
    owner_.store(posix::ForkCount(), std::memory_order_release);
  }
  // How much to reserve when there is no room for `bytes`: 64 to 256 KiB, but at first what a new region's segment 0
  // has allocated anyway. A child of a fork begins with a few reservations of no more than `bytes`: most subshells make
  // one or two sets, and would waste the rest.
  std::uint64_t NextChunk(std::uint64_t segment, std::uint64_t bytes) {
    posix::CountForks();
    const std::uint32_t forks = posix::ForkCount();
    if (child_.exchange(forks, std::memory_order_relaxed) != forks) {
      exact_.store(kExactAfterFork, std::memory_order_relaxed);
    }
    std::uint32_t exact = exact_.load(std::memory_order_relaxed);
    if (exact != 0) {
      exact_.compare_exchange_strong(exact, exact - 1, std::memory_order_relaxed);
      return bytes;
    }
    const std::uint32_t refills = refills_.fetch_add(1, std::memory_order_relaxed);
    if (refills == 0 && segment == 0) return kInitialBytes - kFirstFree;
    return std::uint64_t{65536} << (refills < 3 ? refills - (segment == 0 ? 1 : 0) : 2);
  }

 private:
  std::atomic<std::uint64_t> word_{0};
  static constexpr std::uint32_t kExactAfterFork = 4;

  std::atomic<std::uint32_t> refills_{0};
  std::atomic<std::uint32_t> owner_{0};  // the fork count of the process that has reserved it
  std::atomic<std::uint32_t> child_{0};  // the fork count at the last NextChunk
  std::atomic<std::uint32_t> exact_{0};  // how many sets are still to reserve no more than they need
};

}  // namespace otto
