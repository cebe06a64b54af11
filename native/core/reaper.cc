#include "core/reaper.h"

#include <cerrno>
#include <cstring>

#include "base/growable_array.h"
#include "base/text.h"
#include "core/dead_run.h"
#include "core/shm_root.h"
#include "posix/directory.h"

namespace otto {
namespace {

// The run's name in an entry of the root.
std::string_view RunOf(std::string_view name) {
  if (name.starts_with(kDeadPrefix)) return After(name, kDeadPrefix.size());
  return name.starts_with(kNewPrefix) ? After(name, kNewPrefix.size()) : name;
}

void Tell(const SweepListener& listener, const Status& problem) {
  if (!problem.ok() && !IsNoProblem(problem) && listener.problem != nullptr) {
    listener.problem(listener.context, problem);
  }
}

// The names, each ended by NUL, are taken first, so that removing entries does not disturb the listing.
struct Names {
  GrowableArray<char> text;
  bool complete = true;

  static bool Remember(void* context, const char* name) {
    auto* names = static_cast<Names*>(context);
    for (const char* c = name;; ++c) {
      if (!names->text.Append(*c)) return names->complete = false;
      if (*c == 0) return true;
    }
  }
};

}  // namespace

Status Sweep(std::string_view root, const SweepListener& listener, SweepMode mode) {
  const Text root_path = ShmRootPath(root);
  posix::Descriptor root_fd;
  Status opened = posix::OpenPrivateDirectory(root_path.c_str(), &root_fd);
  if (!opened.ok()) return opened.error_number() == ENOENT ? Status() : static_cast<Status&&>(opened);
  Names names;
  Status listed = posix::ForEachName({root_fd.get(), ".", root_path.c_str()}, Names::Remember, &names);
  if (listed.ok() && !names.complete) listed = Status::FromErrno("get memory for", root_path.view(), ENOMEM);
  if (!listed.ok()) return listed;
  const SweepReach reach = mode == SweepMode::kLook ? SweepReach::kLook : SweepReach::kWithSpill;
  const DeadRuns runs(root_path, root_fd.get(), reach);
  for (const char* name = names.text.begin(); name != names.text.end(); name += std::strlen(name) + 1) {
    Removal removal;
    const Status swept = runs.Sweep(name, &removal);
    Tell(listener, swept);
    Tell(listener, removal.spill);
    if (removal.removed && listener.removed != nullptr) {
      listener.removed(listener.context, {RunOf(name), removal.freed_bytes});
    }
  }
  return {};
}

}  // namespace otto
