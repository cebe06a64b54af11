// Host: what a helper's command needs of the process that it runs in: one of its own (mmap_get.cc, mmap_set.cc), or a
// bash that has loaded it as a builtin (native/bash). The commands themselves do not know the difference.
#pragma once

#include <string_view>

#include "core/region.h"

namespace otto::helpers {

class Attached;
struct Session;

// What a command can do in a shell only. Each returns an exit code and has complained when it is not 0.
struct ShellWays {
  // Assigns a value of a task to a variable, or to an element of an array: `array[key]`.
  int (*assign)(const Session& session, const Region& region, const Value& value, const char* variable);
  // Assigns the values that a file of docs/task-protocol.md, section 3, lists to the elements of an associative array.
  int (*load)(const Session& session, Attached* attached, const char* array, const char* names_file);
  // Sets the elements of an associative array as values of the task.
  int (*store)(const Session& session, Attached* attached, const char* array);
};

struct Host {
  // An exported variable; empty when there is none.
  std::string_view (*variable)(const char* name) = nullptr;
  // The regions that this process has open.
  Attached* attached = nullptr;
  const ShellWays* shell = nullptr;  // null in a process of its own
};

}  // namespace otto::helpers
