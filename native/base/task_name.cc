#include "base/task_name.h"

#include <cstdint>

#include "base/hash.h"

namespace otto {
namespace {

constexpr std::size_t kKeptBytes = 143;  // leaves room for "~" and 16 digits

// Writes the escaped name, of which the first kMaxEncodedTaskName + 1 bytes are kept: one more than fits tells "too
// long".
class Escaper {
 public:
  void Byte(unsigned char byte, bool escaped) {
    if (!escaped) return Put(byte);
    constexpr char kDigits[] = "0123456789ABCDEF";
    Put('%');
    Put(static_cast<unsigned char>(kDigits[byte >> 4]));
    Put(static_cast<unsigned char>(kDigits[byte & 15]));
  }
  const char* text() const { return text_; }
  std::size_t length() const { return length_; }

 private:
  void Put(unsigned char byte) {
    if (length_ < sizeof text_) text_[length_++] = static_cast<char>(byte);
  }
  char text_[kMaxEncodedTaskName + 1];
  std::size_t length_ = 0;
};

bool IsEscaped(unsigned char byte, bool first) {
  return byte < 0x20 || byte == 0x7f || byte == '/' || byte == '%' || (first && byte == '.');
}

void AppendHash(std::uint64_t hash, EncodedTaskName* name) {
  constexpr char kDigits[] = "0123456789abcdef";
  name->text[name->length++] = '~';
  for (int shift = 60; shift >= 0; shift -= 4) name->text[name->length++] = kDigits[(hash >> shift) & 15];
}

}  // namespace

EncodedTaskName EncodeTaskName(std::string_view name) {
  Escaper escaper;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<unsigned char>(name[i]);
    escaper.Byte(byte, IsEscaped(byte, i == 0));
  }
  EncodedTaskName encoded;
  const bool cut = escaper.length() > kMaxEncodedTaskName;
  std::size_t kept = cut ? kKeptBytes : escaper.length();
  // A continuation byte at the cut belongs to a character that would be split.
  while (cut && kept > 0 && (static_cast<unsigned char>(escaper.text()[kept]) & 0xc0) == 0x80) --kept;
  for (std::size_t i = 0; i < kept; ++i) encoded.text[i] = escaper.text()[i];
  encoded.length = kept;
  if (cut) AppendHash(KeyHash(name), &encoded);
  return encoded;
}

}  // namespace otto
