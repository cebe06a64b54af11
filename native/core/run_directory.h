// RunDirectory: a run's directory in shared memory, `<root>/<run>`, and its spill directory on disk, `<spill
// root>/<run>`, both locked while this object lives (docs/shm-format.md, sections 6 and 9).
//
// Threads: one at a time.
// Owns: the directory and everything in it, until Remove(); and the lock that keeps sweepers away. The lock is
//   close-on-exec: children of the runner do not keep a dead run alive.
// Crash: when the runner dies the kernel drops the lock, and the next Sweep of this user removes the directory.
#pragma once

#include <span>
#include <string_view>

#include "base/status.h"
#include "base/task_name.h"
#include "base/text.h"
#include "core/locked_directory.h"
#include "core/region.h"
#include "core/shm_root.h"

namespace otto {

class RunDirectory {
 public:
  RunDirectory() = default;
  RunDirectory(RunDirectory&&) noexcept = default;
  RunDirectory& operator=(RunDirectory&&) noexcept = default;
  ~RunDirectory() = default;  // drops the lock, removes nothing: call Remove()

  // Makes the root if it is not there (mode 0700; an existing one that is open to others, foreign or a link is refused
  // with kForeign, never repaired), then `<root>/<run>`. `root` empty: DefaultShmRoot(). kUsage for a run name that is
  // empty, longer than 200 bytes, begins with "." or holds "/" or NUL; EEXIST when there is such a run.
  struct Plan {
    std::string_view root = {};  // empty: DefaultShmRoot()
    std::string_view run = {};
    std::string_view spill_root = {};    // absolute; empty: nothing spills
    std::uint64_t budget_bytes = ~0ULL;  // of shared memory; ~0: no .budget is made
  };
  // The back end is ChooseBackend's. Where nothing can be made in shared memory (no space, no such file system, no
  // permission) and there is a spill root, the whole run lies on disk: path() is then its spill directory. kForeign is
  // refused all the same.
  static Status Create(const Plan& plan, RunDirectory* out);

  const char* path() const { return path_.c_str(); }              // absolute: the value of OTTO_SHM_DIR
  const char* spill_path() const { return spill_path_.c_str(); }  // absolute; empty: none
  bool is_on_disk() const { return on_disk_; }                    // path() is the spill directory

  // Makes `<task>/` with `inputs` (names of the tasks it may read from) and an empty region, opened with
  // Access::kWrite. A directory left by an earlier attempt of the task is an error (EEXIST): RemoveTask first. Without
  // room in shared memory it is made in the spill directory; region->task_directory() tells where it is.
  Status CreateTask(std::string_view task, std::span<const std::string_view> inputs, Region* region);
  // Removes the task's directories and everything in them, and gives their charge back to the budget. Mappings stay
  // good. A missing one is ok().
  Status RemoveTask(std::string_view task);
  // Removes everything and drops the lock. Idempotent.
  Status Remove();

 private:
  struct NewTask {
    std::string_view name;
    std::span<const std::string_view> inputs;
    Region* region;
  };
  Status CreateTaskIn(const LockedDirectory& place, const EncodedTaskName& name, const NewTask& task) const;
  void ReturnCharge(const EncodedTaskName& name) const;

  LockedDirectory memory_;  // not made when the whole run lies on disk
  LockedDirectory disk_;    // not made without a spill root
  Text path_;
  Text spill_path_;
  Text run_;
  bool on_disk_ = false;
  Backend backend_ = Backend::kFiles;
};

}  // namespace otto
