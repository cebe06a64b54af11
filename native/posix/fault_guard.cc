#include "posix/fault_guard.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <new>

namespace otto::posix {
namespace {

constexpr std::uintptr_t kBeingSetUp = 1;
constexpr std::size_t kRangesPerBlock = 128;

// Blocks are only ever added, so the handler may walk them at any moment without a lock.
struct Block {
  GuardedRange ranges[kRangesPerBlock];
  std::atomic<Block*> next{nullptr};
};

Block first_block;
struct sigaction previous_action;
std::uintptr_t page_bytes;
pthread_once_t installed = PTHREAD_ONCE_INIT;

GuardedRange* FindRange(std::uintptr_t address) {
  for (Block* block = &first_block; block != nullptr; block = block->next.load(std::memory_order_acquire)) {
    for (GuardedRange& range : block->ranges) {
      const std::uintptr_t begin = range.begin.load(std::memory_order_acquire);
      if (begin <= kBeingSetUp || address < begin) continue;
      if (address < range.end.load(std::memory_order_relaxed)) return &range;
    }
  }
  return nullptr;
}

// Puts a page of zeros where the lost one was. Safe in a signal handler. On Linux a raw system call, because sanitizers
// must not take it for a new mapping of the program; macOS has no raw calls.
bool ReplacePage(const GuardedRange& range, std::uintptr_t address) {
  const std::uintptr_t page = address & ~(page_bytes - 1);
  const int protection = range.protection.load(std::memory_order_relaxed);
  const int flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS;
#ifdef __linux__
  return ::syscall(SYS_mmap, page, page_bytes, protection, flags, -1, 0) == static_cast<long>(page);
#else
  return ::mmap(reinterpret_cast<void*>(page), page_bytes, protection, flags, -1, 0) != MAP_FAILED;
#endif
}

void CallPrevious(int signal, siginfo_t* info, void* context) {
  if ((previous_action.sa_flags & SA_SIGINFO) != 0) return previous_action.sa_sigaction(signal, info, context);
  if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN) {
    return previous_action.sa_handler(signal);
  }
  const bool is_sent = info->si_code <= 0;
  if (is_sent && previous_action.sa_handler == SIG_IGN) return;
  // On return the access is repeated, and then ends the process as if this handler had never been there.
  ::sigaction(SIGBUS, &previous_action, nullptr);
  if (is_sent) ::raise(signal);  // which comes on return, too
}

void OnFault(int signal, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  // si_code <= 0: sent by a process, not by an access; si_addr then means nothing.
  GuardedRange* range = info->si_code > 0 ? FindRange(address) : nullptr;
  if (range != nullptr) range->damaged.store(1, std::memory_order_relaxed);
  if (range == nullptr || !ReplacePage(*range, address)) CallPrevious(signal, info, context);
  errno = saved_errno;
}

void Install() {
  struct sigaction action {};
  action.sa_sigaction = OnFault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigemptyset(&action.sa_mask);
  struct sigaction before {};
  ::sigaction(SIGBUS, &action, &before);
  const bool own = (before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction == OnFault;
  if (!own) previous_action = before;
}

void InstallFirst() {
  page_bytes = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  Install();
}

GuardedRange* ClaimIn(Block* block) {
  for (GuardedRange& range : block->ranges) {
    std::uintptr_t expected = 0;
    if (range.begin.compare_exchange_strong(expected, kBeingSetUp, std::memory_order_acquire)) return &range;
  }
  return nullptr;
}

// The block after `block`, made when there is none.
Block* Next(Block* block) {
  Block* next = block->next.load(std::memory_order_acquire);
  if (next != nullptr) return next;
  void* memory = std::calloc(1, sizeof(Block));
  if (memory == nullptr) return nullptr;
  auto* made = new (memory) Block();
  if (block->next.compare_exchange_strong(next, made, std::memory_order_acq_rel)) return made;
  std::free(memory);
  return next;
}

}  // namespace

GuardedRange* GuardRange(const void* begin, std::size_t length, int protection) {
  ::pthread_once(&installed, InstallFirst);
  for (Block* block = &first_block; block != nullptr; block = Next(block)) {
    GuardedRange* range = ClaimIn(block);
    if (range == nullptr) continue;
    const auto address = reinterpret_cast<std::uintptr_t>(begin);
    range->end.store(address + length, std::memory_order_relaxed);
    range->protection.store(protection, std::memory_order_relaxed);
    range->damaged.store(0, std::memory_order_relaxed);
    range->begin.store(address, std::memory_order_release);  // pairs with FindRange
    return range;
  }
  return nullptr;
}

void ReleaseRange(GuardedRange* range) {
  range->begin.store(0, std::memory_order_release);
}

void RenewFaultGuard() {
  ::pthread_once(&installed, InstallFirst);
  Install();
}

}  // namespace otto::posix
