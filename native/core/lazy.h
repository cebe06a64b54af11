// Lazy: something that is made when it is first needed, by whichever thread comes first, and then stays.
//
// Threads: get() and Keep() are safe from any; there are no locks. Moving and Reset() are not. Owns: the thing.
#pragma once

#include <atomic>
#include <cstdlib>
#include <new>

namespace otto {

template <typename T>
class Lazy {
 public:
  Lazy() = default;
  Lazy(Lazy&& other) noexcept : held_(other.held_.exchange(nullptr, std::memory_order_relaxed)) {}
  Lazy& operator=(Lazy&& other) noexcept {
    if (this != &other) {
      Reset();
      held_.store(other.held_.exchange(nullptr, std::memory_order_relaxed), std::memory_order_relaxed);
    }
    return *this;
  }
  ~Lazy() { Reset(); }

  // Null when it has not been made.
  T* get() const { return held_.load(std::memory_order_acquire); }

  // Keeps `made`, or drops it when another thread was faster. Returns what is kept; null when there is no memory.
  T* Keep(T&& made) const {
    void* memory = std::malloc(sizeof(T));
    if (memory == nullptr) return get();
    T* mine = new (memory) T(static_cast<T&&>(made));
    T* kept = nullptr;
    // Publishes the thing; pairs with get().
    if (held_.compare_exchange_strong(kept, mine, std::memory_order_acq_rel)) return mine;
    Free(mine);
    return kept;
  }

  void Reset() { Free(held_.exchange(nullptr, std::memory_order_acq_rel)); }

 private:
  static void Free(T* thing) {
    if (thing == nullptr) return;
    thing->~T();
    std::free(thing);
  }

  mutable std::atomic<T*> held_{nullptr};
};

}  // namespace otto
