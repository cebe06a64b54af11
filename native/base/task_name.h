// The one-component form of a task's name: docs/shm-format.md, section 1.
#pragma once

#include <cstddef>
#include <string_view>

namespace otto {

constexpr std::size_t kMaxEncodedTaskName = 160;

// An encoded name, NUL-terminated, never "", "." or ".." and without "/".
struct EncodedTaskName {
  char text[kMaxEncodedTaskName + 1] = {};
  std::size_t length = 0;

  std::string_view view() const { return {text, length}; }
};

// Total: every name that is not empty has an encoding; an empty one gives an empty result.
EncodedTaskName EncodeTaskName(std::string_view name);

}  // namespace otto
