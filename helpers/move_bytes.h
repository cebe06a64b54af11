// Moves values between the standard streams and a region, as fast as the kernel can.
#pragma once

#include <string_view>

#include "base/status.h"
#include "core/region.h"

namespace otto::helpers {

// Publishes all of standard input, of whatever length, as the key's value (type raw).
Status SetFromInput(Region* region, std::string_view key);

// Writes the value's bytes to standard output.
Status SendToOutput(const Region& region, const Value& value);

}  // namespace otto::helpers
