// Ledger: what writers have begun and what has been committed, in memory that all processes of a test share; and what
// was found.
//
// A set or delete has a number, higher than all numbers its key had before. A writer notes it as begun before the call,
// and as committed when the call has returned well. So whoever reads the committed number first, then the region, then
// the begun number, knows what it may see: a value (or an absence) not older than the one and not younger than the
// other.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace otto::test::kill {

constexpr std::uint32_t kLedgerKeys = 4096;

// Deletes are told by their numbers, and happen to a quarter of the keys; all others, once committed, must never be
// absent again.
constexpr bool MayBeDeleted(std::uint32_t key) {
  return key % 4 == 0;
}
constexpr bool IsDelete(std::uint32_t key, std::uint32_t number) {
  return MayBeDeleted(key) && number % 8 == 5;
}

struct LedgerLine {
  std::atomic<std::uint32_t> begun;
  std::atomic<std::uint32_t> committed;
};

// What went wrong, and how much was looked at.
struct Tally {
  std::atomic<std::uint64_t> checked;    // values that were looked up and compared byte for byte, or rightly absent
  std::atomic<std::uint64_t> committed;  // sets and deletes that returned well
  std::atomic<std::uint64_t> refused;    // that found no space
  std::atomic<std::uint64_t> torn;
  std::atomic<std::uint64_t> lost;
  std::atomic<std::uint64_t> faults;   // SIGBUS: fatal ones, and those that the core answered
  std::atomic<std::uint64_t> failed;   // any other error or death that nobody intended
  std::atomic<std::uint64_t> blocked;  // writers or readers that did not get on

  bool clean() const { return torn + lost + faults + failed + blocked == 0; }
};

class Ledger {
 public:
  Ledger();
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  LedgerLine& line(std::uint32_t key) { return shared_->lines[key]; }
  Tally& tally() { return shared_->tally; }

  // All keys have no value again; the tally stays.
  void Forget();
  // Tells readers to end.
  void set_done(bool done) { shared_->done.store(done); }
  bool done() const { return shared_->done.load(); }

  // Keeps the words of the first problem of all, for the test's message.
  void Note(const std::string& problem);
  std::string problem() const { return shared_->problem; }

 private:
  struct Shared {
    LedgerLine lines[kLedgerKeys];
    Tally tally;
    std::atomic<bool> done;
    std::atomic<bool> noted;
    char problem[400];
  };
  Shared* shared_;
};

}  // namespace otto::test::kill
