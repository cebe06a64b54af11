// Pipes that can be opened by name (/dev/stdout in a script), unlike the sockets that Node gives its children.
#pragma once

#include "base/status.h"

namespace otto::posix {

struct PipeEnds {
  int reader = -1;
  int writer = -1;
};

// Makes a pipe. Both ends are closed in programs that this process starts, unless they are handed on; the caller owns
// them.
Status OpenPipe(PipeEnds* ends);

}  // namespace otto::posix
