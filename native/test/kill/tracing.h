// A process that is stopped after each of its machine instructions.
#pragma once

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>

namespace otto::test::kill {

// Runs `prepare` and `play` in a child; only `play` is stepped through. It ends with 0 when both return true.
class TracedProcess {
 public:
  template <typename Prepare, typename Play>
  TracedProcess(const Prepare& prepare, const Play& play) : pid_(::fork()) {
    if (pid_ != 0) {
      stopped_ = NextSignal() == SIGSTOP && ::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_EXITKILL) == 0;
      return;
    }
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0 || !prepare()) ::_exit(1);
    ::raise(SIGSTOP);
    const bool done = play();
    ::raise(SIGUSR1);
    ::_exit(done ? 0 : 2);
  }
  ~TracedProcess() {
    if (stopped_) Kill();
  }
  TracedProcess(const TracedProcess&) = delete;
  TracedProcess& operator=(const TracedProcess&) = delete;

  // Whether it lies still. Once it has played to the end it does no longer.
  bool stopped() const { return stopped_; }
  std::uint64_t instructions() const { return instructions_; }

  // One instruction further; false: it has come to its end.
  bool Step() {
    for (;;) {
      if (::ptrace(PTRACE_SINGLESTEP, pid_, nullptr, nullptr) != 0) return false;
      const int signal = NextSignal();
      if (signal == SIGXFSZ) continue;  // of a file size limit; it is ignored, but a tracer hears of it
      if (signal != SIGTRAP) return false;
      ++instructions_;
      return true;
    }
  }
  // To the end; returns the exit code, 128 + signal for another death.
  int Finish() {
    stopped_ = false;
    ::ptrace(PTRACE_CONT, pid_, nullptr, nullptr);
    for (;;) {
      if (::waitpid(pid_, &status_, 0) != pid_) return -1;
      if (WIFEXITED(status_)) return WEXITSTATUS(status_);
      if (WIFSIGNALED(status_)) return 128 + WTERMSIG(status_);
      if (WSTOPSIG(status_) != SIGUSR1 && WSTOPSIG(status_) != SIGXFSZ) return 128 + WSTOPSIG(status_);
      ::ptrace(PTRACE_CONT, pid_, nullptr, nullptr);
    }
  }
  void Kill() {
    stopped_ = false;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status_, 0);
  }

 private:
  // Which signal stopped it; 0 when it has ended.
  int NextSignal() {
    if (::waitpid(pid_, &status_, 0) != pid_ || !WIFSTOPPED(status_)) return 0;
    return WSTOPSIG(status_);
  }

  pid_t pid_;
  int status_ = 0;
  bool stopped_ = false;
  std::uint64_t instructions_ = 0;
};

}  // namespace otto::test::kill
