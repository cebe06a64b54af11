// Values in shared memory objects: docs/shm-format.md, section 12.
//
// Threads: any. Owns: nothing. Crash: an object that was not complete is named by no record and goes with the task's
// directory, like a value file.
#pragma once

#include <cstdint>
#include <span>

#include "base/status.h"
#include "posix/descriptor.h"
#include "posix/directory.h"
#include "posix/file.h"

namespace otto {

// Makes an object that holds these bytes, and its stub at `at` (EEXIST: the name is taken). kNoSpace: nothing is left.
Status CreateObjectValue(const posix::At& at, std::span<const std::byte> value);

// Makes an object that holds the first `bytes` of a file; its stub takes the place of whatever is at `at`. On failure
// all is as it was.
Status MoveIntoObject(const posix::At& at, const posix::Target& file, std::uint64_t bytes);

// Opens the object of a stub that is open. *bytes is its length, which may be more than the value's.
Status OpenObjectOf(const posix::Target& stub, posix::Descriptor* object, std::uint64_t* bytes);

// Copies a range of an object that is that long.
Status ReadObject(const posix::Target& object, std::uint64_t offset, std::span<std::byte> to);

}  // namespace otto
