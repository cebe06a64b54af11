// XXH3-128 of bytes that come piece by piece.
//
// Threads: one at a time.
#pragma once

#include "core/checksum.h"
#include "core/region.h"

namespace otto {

class RunningHash {
 public:
  // Null when there is no memory.
  static RunningHash* New();
  static void Delete(RunningHash* hash);

  void Feed(Bytes data);
  // Of all that has been fed so far, as Digest::xxh128.
  void WriteHex(char (&to)[kHexDigits + 1]) const;

 private:
  RunningHash() = default;
};

}  // namespace otto
