// Whole streams, moved by the kernel where it can.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "posix/file.h"

namespace otto::posix {

// Appends everything up to the end of `from` (a pipe, file, socket or terminal) to the regular file `to`.
Status CopyStream(const Target& from, const Target& to);

// Writes the first `bytes` of the regular file `from` to `to` (anything). kCorrupt when the file is shorter.
Status SendFile(const Target& from, std::uint64_t bytes, const Target& to);

// How much a regular file holds behind its descriptor's position; 0 for everything else.
std::uint64_t RemainingBytes(int fd);

// A process that exceeds its file size limit then sees EFBIG instead of being killed (SIGXFSZ).
void IgnoreFileSizeSignal();

}  // namespace otto::posix
