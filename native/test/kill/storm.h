// A storm: writers are started, killed with SIGKILL at random moments, and started again, while readers check.
//
// After every kill the keys of the dead writer are checked through a new mapping, and another writer sets and gets a
// value. From time to time the run is left behind like that of a killed runner, and swept.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ledger.h"
#include "situation.h"
#include "writers.h"

namespace otto::test::kill {

struct StormPlan {
  Space space = Space::kPlenty;
  const WriterProgram* program = nullptr;
  std::uint32_t kills = 0;
  unsigned seed = 1;
};

struct StormReport {
  std::uint32_t kills = 0;
  bool ran = false;     // false: it could not even begin; `problem` tells
  std::string problem;  // the first that was found
};

// `ledger` collects what was found; a new one for each storm.
StormReport RunStorm(const StormPlan& plan, Ledger* ledger);

}  // namespace otto::test::kill
