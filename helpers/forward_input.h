// Standard input that is a value already: `otto-mmap-set KEY - < FILE`, where FILE is the file of a value of this run.
#pragma once

#include <string_view>

#include "attached.h"

namespace otto::helpers {

// Publishes the value as the key's own by a link, when standard input is the whole, unread file of a value that this
// task may read and whose type reading it would give. *done false: it is anything else, and was not touched.
Status ForwardInput(Attached* attached, std::string_view key, bool* done);

}  // namespace otto::helpers
