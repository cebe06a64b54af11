#include "core/value_file.h"

#include <cstring>

#include "core/trie.h"

namespace otto {

ValueFileName::ValueFileName(std::uint64_t number) {
  char digits[20];
  std::size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  for (std::size_t i = 0; i < count; ++i) text[i] = digits[count - 1 - i];
  std::memcpy(text + count, ".value", sizeof ".value");
}

ValueFile::ValueFile(ValueFile&& other) noexcept {
  *this = static_cast<ValueFile&&>(other);
}

ValueFile& ValueFile::operator=(ValueFile&& other) noexcept {
  if (this == &other) return *this;
  Discard();
  fd_ = static_cast<posix::Descriptor&&>(other.fd_);
  directory_fd_ = other.directory_fd_;
  number_ = other.number_;
  path_ = static_cast<Text&&>(other.path_);
  other.number_ = 0;
  return *this;
}

Status ValueFile::Append(Bytes data) {
  return posix::WriteAll({fd_.get(), path()}, data);
}

void ValueFile::Discard() {
  if (number_ != 0) {
    const ValueFileName name(number_);
    // A file that cannot be unlinked goes with the task's directory.
    Status ignored = posix::UnlinkAt({directory_fd_, name.text, path()});
  }
  number_ = 0;
  fd_.Close();
}

}  // namespace otto
