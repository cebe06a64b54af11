// Relay: hands on a stream from pipe to pipe on a thread of its own, and hashes it on the way.
//
// Threads: Start, Stop and the destructor belong to one thread. Between Start and Stop the pipes and the hash belong to
// the relay's thread. `ended` is called from there, once, unless Stop was faster; Stop is to be called after it, too.
// Owns: its thread and what wakes it up. Neither the pipes nor the hash.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "core/running_hash.h"
#include "posix/descriptor.h"
#include "posix/pipe_relay.h"
#include "posix/thread.h"

namespace otto {

class Relay {
 public:
  struct Job {
    int from = -1;
    int to = -1;
    int stall_ms = 0;
    RunningHash* hash = nullptr;
    void (*ended)(void* context) = nullptr;
    void* context = nullptr;
  };
  struct Result {
    std::uint64_t bytes = 0;  // delivered, read and hashed
    posix::RelayStep reason = posix::RelayStep::kStopped;
  };

  Relay() = default;
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  ~Relay();

  Status Start(const Job& job);
  // Waits for the thread's end, which is near. What is in `from` still is not touched any more.
  Result Stop();

 private:
  static void Enter(void* self);
  void Run();

  Job job_;
  Result result_;
  posix::Descriptor stop_reader_;
  posix::Descriptor stop_writer_;
  posix::Thread thread_;
  bool is_running_ = false;
};

}  // namespace otto
