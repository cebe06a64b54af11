// DeadRuns: judges and removes single run directories below one root (docs/shm-format.md, section 9).
//
// Threads: one at a time. Owns: nothing; the root's descriptor is the caller's.
// Crash: a sweeper may be killed at any moment; what it left is finished by the next one.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "posix/descriptor.h"
#include "posix/directory.h"
#include "posix/file.h"

namespace otto {

struct Removal {
  bool removed = false;
  std::uint64_t freed_bytes = 0;
  Status spill;  // what kept the run's spill directory from being removed with it
};

// How far it goes with a dead run.
enum class SweepReach {
  kLook,       // nothing is removed: `removed` says what would be, `freed_bytes` what it takes below this root
  kHere,       // what lies below this root
  kWithSpill,  // also its directory on disk, to which `.spill` is followed; it is judged and removed in the same way
};

class DeadRuns {
 public:
  DeadRuns(const Text& root_path, int root_fd, SweepReach reach)
      : root_path_(root_path), root_fd_(root_fd), reach_(reach) {}

  // Removes the entry if it is a dead run. EWOULDBLOCK: it lives; ENOENT: somebody else has removed it.
  Status Sweep(std::string_view name, Removal* removal) const;

 private:
  Status SweepUnfinished(const posix::At& at, int directory_fd, Removal* removal) const;
  Status RenameAndRemove(const posix::At& at, std::string_view run, Removal* removal) const;
  Status Remove(const posix::At& at, std::string_view run, Removal* removal) const;
  static Status Look(const posix::At& at, Removal* removal);

  const Text& root_path_;
  int root_fd_;
  SweepReach reach_;
};

// Whether a status only says that a run lives or is gone already.
bool IsNoProblem(const Status& status);

}  // namespace otto
