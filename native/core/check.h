// CheckRegion: looks at every byte of a region that the format gives a meaning to, and at its value files.
//
// Threads: any. Owns: nothing. Crash: reads only; a region that is being written to is checked as it is found.
#pragma once

#include <cstdint>

#include "base/growable_array.h"
#include "base/status.h"
#include "base/text.h"
#include "core/region.h"

namespace otto {

struct CheckReport {
  std::uint64_t keys = 0;           // that are not deleted
  std::uint64_t value_bytes = 0;    // of those keys
  std::uint64_t value_files = 0;    // that a key names
  std::uint64_t spilled_bytes = 0;  // of values that lie on disk
  std::uint64_t region_bytes = 0;   // length of the region's file, and of its second segment
  std::uint64_t unused_bytes =
      0;                          // reserved, but of no use to any key: overwritten, deleted, or left by killed writers
  std::uint64_t stray_files = 0;  // value files that no key names
  bool sealed = false;
};

// Attaches to the region in `task_directory` and checks all rules of docs/shm-format.md, section 7, for every slot,
// record and value file; that strings are UTF-8 (a warning is no error for raw); that offsets do not overlap. The first
// broken rule is returned as kCorrupt, kForeign or kVersion; the report then holds what was counted so far.
Status CheckRegion(const char* task_directory, CheckReport* report);

}  // namespace otto
