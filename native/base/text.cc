#include "base/text.h"

#include <cstdlib>
#include <cstring>

namespace otto {

Text::Text(std::string_view head, std::string_view tail) {
  data_ = static_cast<char*>(std::malloc(head.size() + tail.size() + 1));
  if (data_ == nullptr) return;
  size_ = head.size() + tail.size();
  if (!head.empty()) std::memcpy(data_, head.data(), head.size());
  if (!tail.empty()) std::memcpy(data_ + head.size(), tail.data(), tail.size());
  data_[size_] = 0;
}

Text& Text::operator=(Text&& other) noexcept {
  if (this == &other) return *this;
  std::free(data_);
  data_ = other.data_;
  size_ = other.size_;
  other.data_ = nullptr;
  other.size_ = 0;
  return *this;
}

Text::~Text() {
  std::free(data_);
}

Text Text::Path(std::string_view directory, std::string_view name) {
  const Text head(directory, "/");
  return Text(head.view(), name);
}

}  // namespace otto
