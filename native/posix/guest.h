// What code needs that runs as a guest in somebody else's process, a shell: signals and descriptors are the host's.
//
// Programs and libraries of otto's own leave everything as it is by default.
// Threads: a shell has one.
#pragma once

namespace otto::posix {

// Descriptors that are opened from now on get numbers from `lowest` on, where the host (a script with `exec 3>file`)
// does not put its own. A number that the limit of open files does not allow stays as it is.
void KeepDescriptorsFrom(int lowest);
// `fd`, or its place in that range.
int PlaceDescriptor(int fd);

// Asked when a signal has interrupted a system call that may wait for ever: true gives it up with EINTR. Null: never.
using GivesUp = bool (*)();
void SetGivesUp(GivesUp ask);
bool MustGiveUp();

// While one of these lives a write beyond the file size limit fails with EFBIG instead of raising SIGXFSZ; at other
// times the signal does what the host has made it do. The first one installs a handler, and so does the first after a
// fork, because shells reset theirs then. Not SIG_IGN: that would reach the programs that the host starts.
class FileSizeLimitIsAnError {
 public:
  FileSizeLimitIsAnError();
  ~FileSizeLimitIsAnError();
  FileSizeLimitIsAnError(const FileSizeLimitIsAnError&) = delete;
  FileSizeLimitIsAnError& operator=(const FileSizeLimitIsAnError&) = delete;
};

}  // namespace otto::posix
