// Mapping: part of a file in this process's memory, shared with every process that maps it.
//
// Crash: a file that another process truncates would kill whoever touches the lost pages (SIGBUS). The pages of a
// Mapping do not: the first touch finds a page of zeros in place of the lost one and marks the mapping as damaged, for
// good. So code reads straight from the mapping, and asks damaged() before it believes what it has read. Faults
// elsewhere go to the handler that was installed before. Threads: const members are safe from any thread. Owns: the
// address range, until Unmap() or the destructor.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/status.h"
#include "posix/fault_guard.h"

namespace otto::posix {

enum class Protection : std::uint8_t { kRead, kReadWrite };

struct MapRequest {
  int fd = -1;
  const char* path = "";     // for messages
  std::uint64_t offset = 0;  // any offset; need not be a multiple of the page size
  std::uint64_t length = 0;
  Protection protection = Protection::kRead;
};

class Mapping {
 public:
  Mapping() = default;
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { Unmap(); }

  // kTooLarge: this process may not have so much address space (RLIMIT_AS).
  // Maps without reserving memory; the range may reach beyond the end of the file (MAP_SHARED | MAP_NORESERVE).
  static Status Map(const MapRequest& request, Mapping* out);
  // Takes a range of addresses in which nothing may be touched yet; Place puts parts into it. Of the request only path,
  // length and protection count.
  static Status Reserve(const MapRequest& request, Mapping* out);
  // Maps a part at `at` of a reserved range, with the range's protection; `at` and part.offset are multiples of the
  // page size. Placing the same part again changes nothing for those who use it meanwhile.
  Status Place(std::uint64_t at, const MapRequest& part) const;
  void Unmap();

  std::byte* data() const { return data_; }  // writing needs kReadWrite
  std::uint64_t size() const { return size_; }
  bool damaged() const {
    // The handler runs on the thread that touches the page: only the compiler could move the load before the reads.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    return guard_ != nullptr && guard_->damaged.load(std::memory_order_relaxed) != 0;
  }

 private:
  std::byte* data_ = nullptr;
  std::uint64_t size_ = 0;
  std::byte* base_ = nullptr;  // the page on which data_ lies
  GuardedRange* guard_ = nullptr;
};

// How much address space this process may have (RLIMIT_AS); ~0 without a limit.
std::uint64_t AddressSpaceLimit();

}  // namespace otto::posix
