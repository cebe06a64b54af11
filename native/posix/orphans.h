// Whose child a process becomes when its parent has ended before it: init's, or that of an ancestor that asks for it.
//
// Threads: any; what is asked for holds for the whole process.
#pragma once

namespace otto::posix {

bool CanAdoptOrphans();

// Whether orphans among this process's descendants become its children from now on. False: they cannot.
bool AdoptOrphans(bool on);

constexpr int kNoChildren = -1;

// A child that has ended and that nobody has collected, 0 when there is none, kNoChildren when there are no children.
int EndedChild();

// Collects a child that has ended. Its pid may be another process's after that.
void CollectChild(int pid);

}  // namespace otto::posix
