// Starting programs without copying this process's page tables, as fork() does: a large process starts them as fast as
// a small one.
//
// Threads: any. The caller owns what it hands over; a Child is owned by whoever waits for it.
#pragma once

#include "base/status.h"
#include "posix/descriptor.h"

namespace otto::posix {

struct ProgramToSpawn {
  const char* file;          // without a slash: looked for in the PATH of `environment`, as execvp does
  char* const* arguments;    // from the program's own name on; ended by nullptr
  char* const* environment;  // NAME=value; ended by nullptr
  const char* directory;     // where it starts; a relative `file` or PATH counts from there
  int standard_output;       // become its descriptors 1 and 2
  int standard_error;
};

struct Child {
  int pid = -1;
  Descriptor end;  // readable once the process has ended
};

struct ProcessEnd {
  int code = 0;
  int signal = 0;  // 0: it ended by itself
};

// Whether this system has all that is needed. Where it has not, SpawnProcess fails with ENOSYS.
bool CanSpawnProcesses();

// Starts a program in a session of its own, with empty stdin, no signal blocked and none ignored. Returns when the
// program has taken over; the status' errno tells why it could not (ENOENT also for a missing directory).
Status SpawnProcess(const ProgramToSpawn& program, Child* child);

// Waits for the end of a child and collects it. Its pid may be another process's after that.
ProcessEnd Reap(const Child& child);

// For a child that nobody can watch: kills and collects it.
void KillAndReap(const Child& child);

}  // namespace otto::posix
