// otto-mmap-set: sets a value of the task that calls it, in the shared memory of a run with --fast.
#include "commands.h"
#include "own_process.h"
#include "posix/stream.h"

int main(int argc, char** argv) {
  otto::posix::IgnoreFileSizeSignal();
  const otto::helpers::OwnProcess process;
  return otto::helpers::RunSet(process.host(), argc, argv);
}
