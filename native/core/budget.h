// Budget: how much of shared memory the values of a run may take, counted in its `.budget` (docs/shm-format.md, section
// 6).
//
// Threads: const members are safe from any thread of any process; there are no locks. Owns: its mapping.
// Crash: who dies between charging and using leaves the charge until the task, or the run, is removed.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "base/text.h"
#include "core/layout.h"
#include "posix/mapping.h"

namespace otto {

// What is taken at once above this is charged.
constexpr std::uint64_t kUnchargedBytes = 65536;

class Budget {
 public:
  Budget() = default;  // no limit

  // Makes the file in a run's directory.
  static Status Create(int run_fd, const Text& run_path, std::uint64_t limit);
  // A run without the file has no limit.
  static Status Open(int run_fd, const Text& run_path, Budget* out);

  bool limited() const { return mapping_.data() != nullptr; }

  // Adds to what the run uses. kNoSpace: that would exceed the limit, and nothing is added.
  Status Charge(std::uint64_t bytes) const;
  // The same without a look at the limit.
  void ChargeInAnyCase(std::uint64_t bytes) const;
  // Takes back; never below 0, whatever a damaged region claims to have charged.
  void Return(std::uint64_t bytes) const;
  std::uint64_t used() const;

 private:
  BudgetPage* page() const { return reinterpret_cast<BudgetPage*>(mapping_.data()); }

  posix::Mapping mapping_;
  Text path_;
};

}  // namespace otto
