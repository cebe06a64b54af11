#include "posix/fork_count.h"

#include <pthread.h>

namespace otto::posix {
namespace {

pthread_once_t registered = PTHREAD_ONCE_INIT;

void InChild() {
  fork_count.fetch_add(1, std::memory_order_relaxed);
}

void Register() {
  ::pthread_atfork(nullptr, nullptr, InChild);
}

}  // namespace

std::atomic<std::uint32_t> fork_count{0};

void CountForks() {
  ::pthread_once(&registered, Register);
}

}  // namespace otto::posix
