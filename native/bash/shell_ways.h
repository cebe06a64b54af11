// What the builtins can do and the programs cannot: assign variables of the shell, and read them (helpers/host.h).
#pragma once

#include "host.h"

namespace otto::bash {

extern const helpers::ShellWays kShellWays;

}  // namespace otto::bash
