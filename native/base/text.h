// Text: a NUL-terminated string on the C heap, for paths and names where std::string is not available (the helpers are
// linked without libstdc++).
//
// A Text whose memory could not be had is empty; what uses it as a path then fails with ENOENT, never with a crash.
#pragma once

#include <cstddef>
#include <string_view>

namespace otto {

// What follows the first `n` bytes, of which there are at least so many. Not substr(): its check throws, by a function
// of libstdc++.
inline std::string_view After(std::string_view text, std::size_t n) {
  text.remove_prefix(n);
  return text;
}

class Text {
 public:
  Text() = default;
  explicit Text(std::string_view from) : Text(from, {}) {}
  Text(std::string_view head, std::string_view tail);  // the concatenation
  Text(Text&& other) noexcept : data_(other.data_), size_(other.size_) {
    other.data_ = nullptr;
    other.size_ = 0;
  }
  Text& operator=(Text&& other) noexcept;
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;
  ~Text();

  // "directory/name"
  static Text Path(std::string_view directory, std::string_view name);

  const char* c_str() const { return data_ == nullptr ? "" : data_; }
  std::string_view view() const { return {c_str(), size_}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace otto
