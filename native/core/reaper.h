// Reaper: removes what dead runs of this user left in shared memory (docs/shm-format.md, section 9).
//
// What a dead run had spilled to disk goes with it. After a reboot only the directories on disk are left: sweep their
// root, too. Live runs are spared: their lock cannot be taken. Any number of sweepers may run at once. Directories of
// other users are never looked at; what is not a run's directory is reported, not touched.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"

namespace otto {

struct SweptRun {
  std::string_view run;           // the directory's name; lives during the call only
  std::uint64_t freed_bytes = 0;  // in memory and on disk
};

// Hears what the sweep does. Plain functions and a context, so that nothing here needs an allocator.
struct SweepListener {
  void* context = nullptr;
  void (*removed)(void* context, const SweptRun& run) = nullptr;
  // A directory that could not be judged or removed; the sweep goes on. status.subject() is its path.
  void (*problem)(void* context, const Status& status) = nullptr;
};

enum class SweepMode {
  kRemove,
  kLook,  // `removed` hears what would be removed, and what it takes below this root; nothing is touched
};

// `root`: of shared memory or of spill directories; empty: DefaultShmRoot(). A root that does not exist is ok(): there
// is nothing to sweep. A root that is foreign, open to others or a link is kForeign.
Status Sweep(std::string_view root, const SweepListener& listener, SweepMode mode = SweepMode::kRemove);

}  // namespace otto
