// POSIX shared memory objects (shm_open), and the stubs by which they are found: docs/shm-format.md, section 12.
//
// An object is used as macOS allows it: it gets its size once, before it is mapped, and its bytes are reached through a
// mapping only, never through its descriptor. It has a name but no directory: the stub, a regular file of 64 bytes in
// the task's directory, is what makes it findable and removable. Where the stub is, decides who may use the object.
//
// Threads: all functions are safe from any. Crash: the stub is there before the object and goes after it, so whoever
// removes the stubs of a directory has removed its objects.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/status.h"
#include "posix/descriptor.h"
#include "posix/directory.h"
#include "posix/file.h"

namespace otto::posix {

constexpr std::uint64_t kStubBytes = 64;
constexpr std::size_t kObjectNameBytes = 22;  // "/otto-" and 16 hex digits; macOS allows 31

struct ObjectName {
  char text[kObjectNameBytes + 1] = {};
};

// Makes a new object of at least `bytes` bytes, all zero, and its stub at `at`: complete at once, under a name that
// must be free (EEXIST). kNoSpace when the system has no more shared memory.
Status CreateObjectAt(const At& at, std::uint64_t bytes, Descriptor* object);

// Reads a stub that is open as `file`. kCorrupt when the file is none.
Status ReadStub(const Target& file, ObjectName* name);

// Opens the object that a stub names, for mapping. kForeign when it is not this user's own, kCorrupt when it has fewer
// than `bytes` bytes or is not there at all. `path`: the stub's.
struct ObjectToOpen {
  const ObjectName& name;
  const char* path = "";
  std::uint64_t bytes = 0;
};
Status OpenObject(const ObjectToOpen& wanted, Descriptor* object);

// Makes sure that stores to [offset, offset + length) of the object find memory, where the system can promise that
// (Linux); elsewhere, and where it refuses, memory is found when it is touched. kNoSpace when there is none.
Status ReserveObject(const Target& object, std::uint64_t offset, std::uint64_t length);

// Removes the object of a stub whose last name is `at`; then, or when it has other names or is no stub, the file at
// `at`. Adds what the object occupied to *freed_bytes (may be null). Missing: ok().
Status RemoveStubAt(const At& at, std::uint64_t* freed_bytes);

}  // namespace otto::posix
