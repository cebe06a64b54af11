// otto-send: sets a value of the task that calls it, through otto, or tells its progress.
#include "commands.h"
#include "posix/guest.h"
#include "posix/stream.h"

int main(int argc, char** argv) {
  otto::posix::IgnoreFileSizeSignal();
  otto::posix::IgnorePipeSignal();
  // Where the caller has closed a standard stream, the socket must not take its place.
  otto::posix::KeepDescriptorsFrom(3);
  return otto::helpers::RunSend(argc, argv);
}
