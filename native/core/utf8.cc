#include "core/utf8.h"

#include <cstring>

namespace otto {
namespace {

// How many bytes at the start are ASCII, in steps of 32.
std::size_t AsciiPrefix(const unsigned char* data, std::size_t size) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;
  std::size_t at = 0;
  for (; at + 32 <= size; at += 32) {
    std::uint64_t words[4];
    std::memcpy(words, data + at, sizeof words);
    if (((words[0] | words[1] | words[2] | words[3]) & kHighBits) != 0) break;
  }
  return at;
}

}  // namespace

void Utf8Check::Feed(const unsigned char* data, std::size_t size) {
  std::size_t at = 0;
  while (at < size && valid_) {
    if (missing_ == 0 && data[at] < 0x80) {
      const std::size_t ascii = AsciiPrefix(data + at, size - at);
      if (ascii != 0) {
        at += ascii;
        continue;
      }
    }
    // Text that is not ASCII seldom goes back to it for long: the next 32 bytes are taken one by one.
    const std::size_t end = size - at < 32 ? size : at + 32;
    while (at < end) FeedByte(data[at++]);
  }
}

void Utf8Check::FeedByte(unsigned char byte) {
  if (missing_ == 0) {
    if (byte >= 0x80) BeginCharacter(byte);
    return;
  }
  if (byte < lowest_ || byte > highest_) valid_ = false;
  lowest_ = 0x80;
  highest_ = 0xbf;
  --missing_;
}

void Utf8Check::BeginCharacter(unsigned char lead) {
  if (lead < 0xc2 || lead > 0xf4) {
    valid_ = false;
    return;
  }
  missing_ = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  if (lead == 0xe0) lowest_ = 0xa0;   // else overlong
  if (lead == 0xed) highest_ = 0x9f;  // else a surrogate
  if (lead == 0xf0) lowest_ = 0x90;   // else overlong
  if (lead == 0xf4) highest_ = 0x8f;  // else beyond U+10FFFF
}

}  // namespace otto
