// XXH3-128 and UTF-8 in one pass over a value, and the copy of a value's file to history.
//
// Threads: all functions are safe from any thread; CopyAndHash blocks for as long as the copy takes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/status.h"
#include "core/region.h"

namespace otto {

constexpr std::size_t kHexDigits = 32;

struct Digest {
  char xxh128[kHexDigits + 1] = {};  // canonical (big-endian) hex, NUL-terminated
  std::uint64_t bytes = 0;
  bool utf8 = true;  // whether the bytes are valid UTF-8 (RFC 3629: no surrogates, nothing overlong)
};

Digest DigestOf(Bytes data);

// Copies the regular file `from` to the new file `to` (mode 0600; it must not exist) and hashes what it copies. `to`
// null: only hashes. On failure `to` is removed.
Status CopyAndHash(const char* from, const char* to, Digest* digest);

// The same for the value of so many bytes in the shared memory object that the stub at `stub` names.
struct ObjectCopy {
  const char* stub = "";
  std::uint64_t bytes = 0;
  const char* to = nullptr;
};
Status CopyObjectAndHash(const ObjectCopy& copy, Digest* digest);

}  // namespace otto
