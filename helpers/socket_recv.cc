// otto-recv: writes a value of a task to standard output, through otto.
#include "commands.h"
#include "posix/guest.h"
#include "posix/stream.h"

int main(int argc, char** argv) {
  otto::posix::IgnoreFileSizeSignal();
  otto::posix::IgnorePipeSignal();
  // Where the caller has closed a standard stream, the socket must not take its place.
  otto::posix::KeepDescriptorsFrom(3);
  return otto::helpers::RunRecv(argc, argv);
}
