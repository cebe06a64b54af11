// Pipes with a name, and what only Linux does to pipes.
//
// Threads: any. Descriptors are the caller's.
#pragma once

#include <cstddef>

#include "base/status.h"

namespace otto::posix {

// Makes a FIFO that its owner alone can open.
Status MakeFifo(const char* path);

// Lets a pipe hold 1 MiB, or as much as the system allows, so that writer and reader take turns less often.
void WidenPipe(int fd);

// Puts the bytes at the front of the pipe `from` into the pipe `to` as well, without copying them, and leaves them in
// `from`. Never waits. Returns how many; 0: `to` is full, nobody reads it, `from` is empty, or the system cannot.
std::size_t Tee(int from, int to, std::size_t bytes);

}  // namespace otto::posix
