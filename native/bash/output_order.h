// The order in which bash's OUTPUT is set: docs/task-protocol.md, section 2, rule 5. The files store follows the same
// rule (src/data/bash-order.ts); a test compares the two.
#pragma once

#include <string_view>

#include "base/growable_array.h"

namespace otto::bash {

struct Element {
  const char* key;
  const char* value;
  std::size_t place;  // where the script spells out the key first; kNowhere when it does not
};
constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

// Sorts the elements: keys that the script spells out in the order of their first place, then the others in natural
// order.
void PutInOrder(GrowableArray<Element>* elements, std::string_view script);

}  // namespace otto::bash
