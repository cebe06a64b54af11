// What the kernel can move from one descriptor to another without copying through this process. Linux only: elsewhere
// each of these fails with ENOSYS, and the caller moves the bytes itself.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace otto::posix {

constexpr std::size_t kMaxTransfer = 0x7ffff000;  // what one call moves at most

// All move at most `bytes` from the position of `from`, and return how many, or -1 and leave errno.
ssize_t CopyFileRange(int from, int to, std::size_t bytes);
ssize_t SendFileRange(int from, int to, std::size_t bytes);
ssize_t SpliceToPipe(int from, int pipe, std::size_t bytes);

// A larger pipe means fewer switches between its two ends. Denied when the user's pipes are large already: no harm.
void EnlargePipe(int pipe, int bytes);

}  // namespace otto::posix
