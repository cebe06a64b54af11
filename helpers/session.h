// What a helper knows about the run it is called from, how it speaks to the user, and its exit codes.
#pragma once

#include <initializer_list>
#include <string_view>

#include "base/status.h"
#include "core/region.h"
#include "host.h"

namespace otto::helpers {

enum ExitCode : int {
  kSuccess = 0,
  kMissing = 1,  // no such key, the task has no values, or a system call failed
  kUsage = 2,    // wrong arguments, another task's values, or no run with --fast
  kNoSpace = 3,  // nothing was published, the old value is intact
  kCorrupt = 4,  // damaged, foreign, or of another version
};

// Writes "PROGRAM: " and the parts and a newline to standard error, control characters shown as "?". Returns `code`, so
// that a caller can say `return Complain(...)`.
int Complain(std::string_view program, ExitCode code, std::initializer_list<std::string_view> parts);
int ComplainOf(std::string_view program, const Status& status);
// The same for a failed set: tells where room has to be made. `region` is the task's own.
int ComplainOfSet(std::string_view program, const Status& status, const Region& region);

// The run and task that a command works for. All members view memory of its host.
struct Session {
  std::string_view program;
  std::string_view run_directory;  // OTTO_SHM_DIR
  std::string_view task;           // OTTO_TASK
};

// kSuccess, or the code to exit with after it has complained. `other_name` is the function that works in every run.
int OpenSession(const Host& host, std::string_view other_name, Session* session);

}  // namespace otto::helpers
