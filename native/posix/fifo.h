// Pipes with a name, and what only Linux does to pipes.
//
// Threads: any. Descriptors are the caller's.
#pragma once

#include "base/status.h"

namespace otto::posix {

// Makes a FIFO that its owner alone can open.
Status MakeFifo(const char* path);

// Lets a pipe hold 1 MiB, or as much as the system allows, so that writer and reader take turns less often.
void WidenPipe(int fd);

}  // namespace otto::posix
