// Thread: one function on a thread of its own, if not said otherwise behind everything else that wants a processor, for
// code that has no std::thread (it is linked without libstdc++).
//
// Owns: the thread, until Join() or the destructor, which joins.
#pragma once

#include <pthread.h>

namespace otto::posix {

class Thread {
 public:
  using Function = void (*)(void*);

  Thread() = default;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  ~Thread() { Join(); }

  // False when there can be no more threads: nothing runs then. All signals are blocked in the new thread.
  bool Start(Function function, void* argument);
  // The same for work that others wait for: with the priority of the caller.
  bool StartAtOnce(Function function, void* argument);
  void Join();

 private:
  static void* Enter(void* self);

  Function function_ = nullptr;
  void* argument_ = nullptr;
  pthread_t thread_ = {};
  bool running_ = false;
  bool waits_for_others_ = true;
};

}  // namespace otto::posix
