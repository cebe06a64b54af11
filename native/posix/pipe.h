// Pipes that can be opened by name (/dev/stdout in a script), unlike the sockets that Node gives its children.
#pragma once

#include <cstddef>
#include <span>

#include "base/status.h"

namespace otto::posix {

struct PipeEnds {
  int reader = -1;
  int writer = -1;
};

// Makes a pipe. Both ends are closed in programs that this process starts, unless they are handed on; the caller owns
// them.
Status OpenPipe(PipeEnds* ends);

// Writes to a pipe, socket or file as many of the bytes as it takes without waiting, and tells how many; 0 also for
// every error and for a terminal. Does not change how the descriptor behaves for those who share it.
std::size_t WriteNow(int fd, std::span<const std::byte> bytes);

bool IsTerminal(int fd);

}  // namespace otto::posix
