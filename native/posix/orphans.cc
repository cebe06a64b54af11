#include "posix/orphans.h"

#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>

#include <cerrno>

namespace otto::posix {

bool CanAdoptOrphans() {
#ifdef __linux__
  int on = 0;
  return ::prctl(PR_GET_CHILD_SUBREAPER, &on, 0, 0, 0) == 0;
#else
  return false;
#endif
}

bool AdoptOrphans(bool on) {
#ifdef __linux__
  return ::prctl(PR_SET_CHILD_SUBREAPER, on ? 1 : 0, 0, 0, 0) == 0;
#else
  static_cast<void>(on);
  return false;
#endif
}

int EndedChild() {
  siginfo_t found{};
  while (::waitid(P_ALL, 0, &found, WEXITED | WNOHANG | WNOWAIT) != 0) {
    if (errno != EINTR) return kNoChildren;
  }
  return found.si_pid;
}

void CollectChild(int pid) {
  int status = 0;
  while (::waitpid(pid, &status, WNOHANG) < 0 && errno == EINTR) {
  }
}

}  // namespace otto::posix
