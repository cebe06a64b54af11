// A whole file in memory, for values that lie in history's files.
#pragma once

#include "base/status.h"
#include "posix/mapping.h"

namespace otto {

// Maps the regular file at `path` read-only; links are followed. An empty file gives an empty mapping.
Status MapFile(const char* path, posix::Mapping* out);

}  // namespace otto
