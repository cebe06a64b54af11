// Where writers are killed: in an ordinary /dev/shm, in one of which the run may use little, or on a tmpfs of 16 MiB
// that is full or nearly so, with or without a place on disk to spill to.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/region.h"
#include "core/run_directory.h"

namespace otto::test::kill {

enum class Space : std::uint8_t { kPlenty, kFull, kFullButSpills, kBudget };

constexpr Space kAllSpaces[] = {Space::kPlenty, Space::kFull, Space::kFullButSpills, Space::kBudget};

const char* NameOf(Space space);

// Whether a set may fail for want of space.
constexpr bool MayRefuse(Space space) {
  return space == Space::kFull;
}

// One run with the task "build", whose region the writers write to, and the task "source", whose values they forward.
// Both are new in each epoch, so that memory comes back and keys are inserted anew, not only overwritten.
class Situation {
 public:
  static constexpr std::uint64_t kFullBytes = 16 << 20;
  static constexpr std::uint64_t kBudgetBytes = 2 << 20;

  // False: the tmpfs could not be mounted, `*why` tells.
  bool SetUp(Space space, std::string* why);
  ~Situation();

  Status BeginEpoch();
  // Leaves the run as a runner that was killed does, sweeps, and tells whether nothing at all is left, in memory or on
  // disk.
  bool EndEpochBySweeping(std::string* problem);

  // Fills the small tmpfs up to `free_bytes`. Nothing happens where there is plenty of space.
  void LeaveFree(std::uint64_t free_bytes);

  Space space() const { return space_; }
  const std::string& task_directory() const { return task_directory_; }
  const std::string& source_directory() const { return source_directory_; }
  std::string run_path() const { return run_.path(); }

 private:
  Space space_ = Space::kPlenty;
  std::string base_;        // on the file system in question
  std::string spill_root_;  // empty: there is none
  int ballast_ = -1;
  bool mounted_ = false;
  RunDirectory run_;
  std::string task_directory_;
  std::string source_directory_;
};

}  // namespace otto::test::kill
