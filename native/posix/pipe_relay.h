// One step of handing on what comes in at one pipe to another one, without copying it for that.
//
// Threads: one at a time for the same pipes. Descriptors are the caller's, non-blocking or not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace otto::posix {

struct RelayPipes {
  int from = -1;
  int to = -1;
  int stop = -1;  // gives up as soon as this can be read
};

enum class RelayStep : std::uint8_t {
  kMoved,
  kEnded,    // nobody has `from` open for writing, and it is empty
  kClosed,   // nobody reads `to`
  kStalled,  // `to` has been full for so long
  kStopped,
  kFailed,  // the system cannot do it
};

// Waits for bytes at `from`, puts them into `to`, and then reads them into `into`: *moved bytes.
// kStalled after `stall_ms` in which nothing could be put into `to` although there was something.
RelayStep RelayOnce(const RelayPipes& pipes, int stall_ms, std::span<std::byte> into, std::size_t* moved);

// Whether RelayOnce can do it on this system.
bool CanRelay();

}  // namespace otto::posix
