// Names and locks of the root directory that run directories and sweeps share (docs/shm-format.md, section 9).
#pragma once

#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "posix/descriptor.h"

namespace otto {

// Encoded task names never begin with a dot, so no task can take this one.
constexpr char kLockName[] = ".lock";
constexpr std::string_view kNewPrefix = ".new-";
constexpr std::string_view kDeadPrefix = ".dead-";

// /dev/shm/otto-<uid>; for objects, whose stubs need no memory, and where there is no /dev/shm: $TMPDIR/otto-<uid>.
Text DefaultShmRoot();

// `root`, or the default when it is empty.
Text ShmRootPath(std::string_view root);

}  // namespace otto
