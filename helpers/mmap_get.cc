// otto-mmap-get: writes a value of a task to standard output, from the shared memory of a run with --fast.
#include "commands.h"
#include "own_process.h"
#include "posix/stream.h"

int main(int argc, char** argv) {
  otto::posix::IgnoreFileSizeSignal();
  const otto::helpers::OwnProcess process;
  return otto::helpers::RunGet(process.host(), argc, argv);
}
