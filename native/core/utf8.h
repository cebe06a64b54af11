// Utf8Check: whether bytes that come in parts are valid UTF-8 (RFC 3629).
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace otto {

class Utf8Check {
 public:
  void Feed(const unsigned char* data, std::size_t size);
  // Whether all that was fed is valid and ends with a whole character.
  bool valid() const { return valid_ && missing_ == 0; }

 private:
  void FeedByte(unsigned char byte);
  void BeginCharacter(unsigned char lead);

  bool valid_ = true;
  std::uint8_t missing_ = 0;     // continuation bytes that the current character still needs
  unsigned char lowest_ = 0x80;  // the range of the next continuation byte
  unsigned char highest_ = 0xbf;
};

}  // namespace otto
