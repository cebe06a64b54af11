#include "posix/thread.h"

#include <sys/resource.h>

#include <csignal>

namespace otto::posix {
namespace {

[[maybe_unused]] constexpr int kLowestPriority = 19;

}  // namespace

bool Thread::StartAtOnce(Function function, void* argument) {
  waits_for_others_ = false;
  return Start(function, argument);
}

bool Thread::Start(Function function, void* argument) {
  function_ = function;
  argument_ = argument;
  // Signals are for the threads of the program that loaded this; SIGBUS comes to whoever touches the page all the same.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  sigdelset(&all, SIGBUS);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  running_ = ::pthread_create(&thread_, nullptr, Enter, this) == 0;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return running_;
}

void Thread::Join() {
  if (running_) ::pthread_join(thread_, nullptr);
  running_ = false;
}

void* Thread::Enter(void* self) {
  auto* thread = static_cast<Thread*>(self);
#ifdef __linux__
  // On Linux this is the priority of the calling thread alone. Failing costs nothing.
  if (thread->waits_for_others_) ::setpriority(PRIO_PROCESS, 0, kLowestPriority);
#endif
  thread->function_(thread->argument_);
  return nullptr;
}

}  // namespace otto::posix
