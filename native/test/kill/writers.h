// Writer programs: everything that can set values, each in a form that can be killed at any moment and says what it has
// committed.
//
// To add one: a program of its own (any language) that follows the contract below goes into ExternalPrograms
// (programs.cc); one that is made of the core's own calls goes into ForkedWriters (forked.cc).
//
// An external program is started as `PROGRAM... DIRECTORY FIRST_KEY KEYS FIRST_NUMBER LENGTHS` with OTTO_SHM_DIR and
// OTTO_TASK set, writes "ready\n" to its standard output, then for i = 0, 1, 2, ... sets key FIRST_KEY + i % KEYS to
// the value of number FIRST_NUMBER + i (telling_value.h; its length is entry (number % count) of the comma-separated
// LENGTHS), or deletes it where ledger.h says so, and after each that the call says is done writes "KEY NUMBER\n". It
// goes on after "no space", and ends by itself only when something else went wrong (standard error says what) or when
// it has set KEYS * 64 values.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "ledger.h"

namespace otto::test::kill {

// What one process (or process group) is to write until it is killed.
struct Assignment {
  std::string run_path;
  std::string task_directory;
  std::string source_directory;
  std::uint32_t first_key = 0;
  std::uint32_t keys = 0;
  std::uint32_t first_number = 0;
  unsigned seed = 0;
  Ledger* ledger = nullptr;
  int out = -1;  // where an external program reports; -1: a forked writer uses the ledger itself
};

constexpr std::uint32_t NumbersOf(std::uint32_t keys) {
  return keys * 64;
}

class WriterProgram {
 public:
  virtual ~WriterProgram() = default;
  virtual std::string name() const = 0;
  virtual bool reports_by_pipe() const { return false; }
  // Writes until it is killed. Called in a process of its own, the leader of its process group; never returns.
  [[noreturn]] virtual void Run(const Assignment& assignment) const = 0;
};

using WriterList = std::vector<const WriterProgram*>;

// The core's own calls, in every way to reserve memory.
WriterList ForkedWriters();
// The helper that sets one value, as a process for each.
WriterList HelperWriters(const std::string& path_of_otto_mmap_set);
// A program that follows the contract above, `command` being its words without the arguments.
const WriterProgram* ExternalWriter(const std::string& name, const std::vector<std::string>& command);

// For programs that set values one by one: the lengths of inline and of large values.
std::vector<std::uint32_t> UsualLengths();

}  // namespace otto::test::kill
