// How often the process that this code runs in has been forked since somebody began to ask. A child has the memory of
// its parent, and with it what the parent has reserved elsewhere: both would use it. So whoever keeps such a thing
// keeps this number beside it, and drops the thing when the number is another.
//
// Threads: any. Only fork(3) of the C library counts; a child of vfork(2) or clone(2) that does more than exec does
// not.
#pragma once

#include <atomic>
#include <cstdint>

namespace otto::posix {

extern std::atomic<std::uint32_t> fork_count;

inline std::uint32_t ForkCount() {
  return fork_count.load(std::memory_order_relaxed);
}

// From now on fork(3) counts. To be called before the first thing is kept; again and again at no cost.
void CountForks();

}  // namespace otto::posix
