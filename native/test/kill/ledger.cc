#include "ledger.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace otto::test::kill {

Ledger::Ledger() {
  void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  shared_ = static_cast<Shared*>(memory);  // zeros are valid: nothing begun, nothing found
}

Ledger::~Ledger() {
  ::munmap(shared_, sizeof(Shared));
}

void Ledger::Forget() {
  for (LedgerLine& line : shared_->lines) {
    line.committed = 0;
    line.begun = 0;
  }
}

void Ledger::Note(const std::string& problem) {
  if (shared_->noted.exchange(true)) return;
  const std::size_t length = std::min(problem.size(), sizeof shared_->problem - 1);
  problem.copy(shared_->problem, length);
}

}  // namespace otto::test::kill
