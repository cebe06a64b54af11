// Several threads of this process at once.
#pragma once

#include <string>
#include <thread>
#include <vector>

namespace otto::test {

inline constexpr int kThreads = 4;

// Calls `work` with 0, 1, 2 and 3, each in a thread of its own, and waits for all.
template <typename Work>
void InThreads(const Work& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

// A key that no other thread writes.
inline std::string Name(int thread, int i) {
  return "t" + std::to_string(thread) + "-" + std::to_string(i);
}

}  // namespace otto::test
