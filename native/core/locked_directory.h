// LockedDirectory: one `<root>/<run>`, in shared memory or on disk, locked while this object lives (docs/shm-format.md,
// section 9).
//
// Threads: one at a time. Owns: the directory and all in it, until Remove(); and its lock, which is close-on-exec.
// Crash: the directory appears under its name only when it is complete and locked.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "posix/descriptor.h"

namespace otto {

class LockedDirectory {
 public:
  struct Plan {
    std::string_view root = {};
    std::string_view run = {};
    const char* spill_target = "";       // of .spill; "": none is made
    std::uint64_t budget_bytes = ~0ULL;  // ~0: no .budget is made
  };
  // Makes the root, too, when it is not there (but not its parents). EEXIST when there is such a run.
  static Status Make(const Plan& plan, LockedDirectory* out);

  bool valid() const { return directory_.valid(); }
  int fd() const { return directory_.get(); }
  const Text& path() const { return path_; }

  // Removes everything and drops the lock. Idempotent.
  Status Remove();

 private:
  Status Fill(const Plan& plan);

  posix::Descriptor root_;
  posix::Descriptor directory_;
  posix::Descriptor lock_;
  Text path_;
  Text run_;
};

}  // namespace otto
