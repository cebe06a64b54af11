// The helpers' commands inside bash: the same as the programs of these names, without a process, and with the regions
// kept open from call to call.
//
// Threads: one. Owns: the regions, until the shell ends. Fork: a subshell goes on with what its parent had open; what
// the parent had reserved in a region stays the parent's (core/reservation.h).
#include <new>

#include "attached.h"
#include "commands.h"
#include "otto_shell.h"
#include "posix/fault_guard.h"
#include "posix/fork_count.h"
#include "posix/guest.h"
#include "shell_ways.h"

namespace otto::bash {
namespace {

// Above what scripts use by number (3 to 9), and what bash takes for itself (10 and up, and 255).
constexpr int kLowestDescriptor = 300;

std::string_view Variable(const char* name) {
  const char* value = otto_shell_variable(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

bool Interrupted() {
  return otto_shell_interrupted() != 0;
}

struct State {
  helpers::Attached attached{Access::kWrite};
  helpers::Host host{Variable, &attached, &kShellWays};
  std::uint32_t forks = 0;
};

// Never destroyed: traps run while the shell exits.
alignas(State) unsigned char memory[sizeof(State)];
State* state = nullptr;

const helpers::Host& EnterShell() {
  if (state == nullptr) {
    posix::CountForks();
    posix::KeepDescriptorsFrom(kLowestDescriptor);
    posix::SetGivesUp(Interrupted);
    state = new (memory) State();
  }
  // bash resets its signals after each fork.
  if (state->forks != posix::ForkCount()) {
    state->forks = posix::ForkCount();
    posix::RenewFaultGuard();
  }
  return state->host;
}

}  // namespace
}  // namespace otto::bash

extern "C" {

int otto_builtin_get(int argc, char** argv) {
  const otto::posix::FileSizeLimitIsAnError guest;
  return otto::helpers::RunGet(otto::bash::EnterShell(), argc, argv);
}

int otto_builtin_set(int argc, char** argv) {
  const otto::posix::FileSizeLimitIsAnError guest;
  return otto::helpers::RunSet(otto::bash::EnterShell(), argc, argv);
}
}
