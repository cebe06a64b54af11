// Attached: the regions that a process has open for one task: its own for writing, those of its inputs for reading. A
// process that makes one call opens one of them; in a shell they stay open from call to call.
//
// Threads: one. Owns: the regions.
#pragma once

#include <cstddef>

#include "base/growable_array.h"
#include "base/text.h"
#include "core/region.h"
#include "session.h"

namespace otto::helpers {

class Attached {
 public:
  explicit Attached(Access write_access) : write_access_(write_access) {}

  // Every call begins with this: what belongs to another task or run is closed.
  void Enter(const Session& session);
  // Closes everything. False when there was nothing.
  bool Forget();

  // The task's own region, for writing.
  Status Own(Region** out);
  // The region of a task, for reading. *allowed false: it is not one of those that this task may read from.
  Status Of(std::string_view task, bool* allowed, Region** out);
  // The same by the name of the task's directory; null when it is none of those that this task may read from.
  Status OfDirectory(std::string_view directory_name, Region** out);

 private:
  struct Source {
    Text task;
    Region region;
  };
  static constexpr std::size_t kSources = 16;

  Status ReadInputs(GrowableArray<char>* names);
  Status MayRead(std::string_view task, bool* allowed);

  Access write_access_;
  Text run_directory_;
  Text task_;
  Region own_;
  Source sources_[kSources];
  std::size_t next_source_ = 0;  // the one that has been open for longest
};

}  // namespace otto::helpers
