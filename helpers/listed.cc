#include "listed.h"

#include "base/text.h"

namespace otto::helpers {
namespace {

bool NextWord(std::string_view* rest, std::string_view* word) {
  const std::size_t end = rest->find('\0');
  if (end == std::string_view::npos) return false;
  *word = std::string_view(rest->data(), end);
  *rest = After(*rest, end + 1);
  return true;
}

}  // namespace

bool NextListed(std::string_view* rest, Listed* listed) {
  std::string_view path;  // where the runner knows one; the region knows it too
  return NextWord(rest, &listed->full_key) && NextWord(rest, &listed->task) && NextWord(rest, &listed->key) &&
         NextWord(rest, &path);
}

}  // namespace otto::helpers
