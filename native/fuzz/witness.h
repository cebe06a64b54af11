// Witness: uses all that reads a region, and ends the process when what it says cannot be true.
#pragma once

#include "core/region.h"
#include "image.h"

namespace otto::fuzz {

// Ends the process, as a crash does, when the claim does not hold.
void Require(bool claim, const char* what);

// Any answer is right as long as it is an answer: somebody may be changing the region meanwhile.
void ReadEverything(const char* task_directory);

// The same for a region that nobody changes: what get, list and check say must agree, and with an honest image, be
// true.
void ReadAndCompare(const char* task_directory, const Image& image);

// Sets and deletes keys. In an honest region all of that must work.
void WriteSome(const char* task_directory, bool honest);

}  // namespace otto::fuzz
