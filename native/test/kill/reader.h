// Readers: they compare what a region holds with the ledger.
#pragma once

#include <sys/types.h>

#include <string>

#include "core/region.h"
#include "ledger.h"

namespace otto::test::kill {

// Looks up a key once and checks what comes back, byte for byte. Everything that is found goes into the ledger.
void CheckKey(const Region& region, Ledger* ledger, std::uint32_t key);

// Checks every key, by looking each up and by listing all. With no writer at work the two must agree.
void CheckAllKeys(const Region& region, Ledger* ledger);

// Starts a process that checks keys of the task's region, in no order, until the ledger says that it is done.
pid_t StartReader(const std::string& task_directory, Ledger* ledger, unsigned seed);

}  // namespace otto::test::kill
