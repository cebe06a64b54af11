// The files `names` and `refs` of docs/task-protocol.md, section 3: which values bash gets, and from where.
#pragma once

#include <string_view>

namespace otto::helpers {

// Every word is ended by NUL in the file, so each of these is a C string too.
struct Listed {
  std::string_view full_key;
  std::string_view task;
  std::string_view key;
};

// Takes the next entry from the text. False when there is no whole one.
bool NextListed(std::string_view* rest, Listed* listed);

}  // namespace otto::helpers
