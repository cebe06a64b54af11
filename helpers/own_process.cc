#include "own_process.h"

#include <cstdlib>

#include "posix/guest.h"

namespace otto::helpers {
namespace {

std::string_view Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

OwnProcess::OwnProcess() : host_{Variable, &attached_, nullptr} {
  // Where the caller has closed a standard stream (`2>&-`), a region must not take its place: messages would be written
  // into it.
  posix::KeepDescriptorsFrom(3);
}

}  // namespace otto::helpers
