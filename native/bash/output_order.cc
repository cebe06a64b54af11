#include "output_order.h"

#include <algorithm>
#include <cstring>

namespace otto::bash {
namespace {

constexpr std::string_view kArray = "OUTPUT[";

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsWord(char c) {
  return IsDigit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Where the text of a quoted key ends: at its unescaped closing quote, which a "]" must follow.
std::size_t EndOfQuoted(std::string_view text, std::size_t at, char quote) {
  for (; at < text.size() && text[at] != quote; ++at) {
    if (quote == '"' && text[at] == '\\') ++at;
  }
  return at + 1 < text.size() && text[at + 1] == ']' ? at : kNowhere;
}

// A key as the script spells it, at `*at` behind "OUTPUT["; moves behind its "]". False when none is spelled out there.
struct Spelled {
  std::string_view text;
  bool escaped = false;  // a backslash before one of \"$` is not part of the key
};
bool ReadSpelled(std::string_view script, std::size_t* at, Spelled* spelled) {
  if (*at >= script.size()) return false;
  const char quote = script[*at];
  if (quote == '"' || quote == '\'') {
    const std::size_t end = EndOfQuoted(script, *at + 1, quote);
    if (end == kNowhere) return false;
    *spelled = {{script.data() + *at + 1, end - *at - 1}, quote == '"'};
    *at = end + 2;
    return true;
  }
  std::size_t end = *at;
  while (end < script.size() && script[end] != ']' && script[end] != '"' && script[end] != '\'') ++end;
  if (end == script.size() || script[end] != ']') return false;
  *spelled = {{script.data() + *at, end - *at}, false};
  *at = end + 1;
  return true;
}

bool IsEscape(std::string_view text, std::size_t at) {
  return text[at] == '\\' && at + 1 < text.size() && std::strchr("\"\\$`", text[at + 1]) != nullptr;
}

bool Spells(const Spelled& spelled, std::string_view key) {
  if (!spelled.escaped) return spelled.text == key;
  std::size_t matched = 0;
  for (std::size_t i = 0; i < spelled.text.size(); ++i) {
    if (IsEscape(spelled.text, i)) ++i;
    if (matched == key.size() || key[matched++] != spelled.text[i]) return false;
  }
  return matched == key.size();
}

// By key, for looking keys up.
bool LessBytes(const Element& a, const Element& b) {
  return std::strcmp(a.key, b.key) < 0;
}

// Notes the first place of the element whose key is spelled so.
void Note(GrowableArray<Element>* elements, const Spelled& spelled, std::size_t place) {
  if (spelled.escaped && std::memchr(spelled.text.data(), '\\', spelled.text.size()) != nullptr) {
    for (Element& element : *elements) {
      if (element.place == kNowhere && Spells(spelled, element.key)) element.place = place;
    }
    return;
  }
  const auto before = [&](const Element& element, std::string_view key) { return std::string_view(element.key) < key; };
  Element* found = std::lower_bound(elements->begin(), elements->end(), spelled.text, before);
  if (found != elements->end() && found->key == spelled.text && found->place == kNowhere) found->place = place;
}

// The order of UTF-16 code units, for UTF-8: what UTF-16 writes as surrogates stands before U+E000 to U+FFFF.
int Rank(unsigned char byte) {
  if (byte >= 0xf0) return byte - 2;
  return byte >= 0xee ? byte + 0x10 : byte;
}

int CompareText(std::string_view a, std::string_view b) {
  const std::size_t common = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (a[i] != b[i]) return Rank(static_cast<unsigned char>(a[i])) - Rank(static_cast<unsigned char>(b[i]));
  }
  return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

// The next run of digits or of other characters.
std::string_view NextPiece(std::string_view* rest) {
  std::size_t end = 0;
  while (end < rest->size() && IsDigit((*rest)[end]) == IsDigit(rest->front())) ++end;
  const std::string_view piece(rest->data(), end);
  rest->remove_prefix(end);
  return piece;
}

int ComparePieces(std::string_view a, std::string_view b) {
  if (!IsDigit(a.front()) || !IsDigit(b.front())) return CompareText(a, b);
  while (!a.empty() && a.front() == '0') a.remove_prefix(1);
  while (!b.empty() && b.front() == '0') b.remove_prefix(1);
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return CompareText(a, b);
}

int CompareNaturally(std::string_view a, std::string_view b) {
  std::string_view left = a;
  std::string_view right = b;
  while (!left.empty() && !right.empty()) {
    const int order = ComparePieces(NextPiece(&left), NextPiece(&right));
    if (order != 0) return order;
  }
  if (left.empty() != right.empty()) return left.empty() ? -1 : 1;
  return CompareText(a, b);
}

bool Earlier(const Element& a, const Element& b) {
  if (a.place != b.place) return a.place < b.place;
  return CompareNaturally(a.key, b.key) < 0;
}

}  // namespace

void PutInOrder(GrowableArray<Element>* elements, std::string_view script) {
  std::sort(elements->begin(), elements->end(), LessBytes);
  std::size_t at = script.find(kArray);
  while (at != std::string_view::npos) {
    std::size_t behind = at + kArray.size();
    Spelled spelled;
    const bool is_word = at == 0 || !IsWord(script[at - 1]);
    if (is_word && ReadSpelled(script, &behind, &spelled)) Note(elements, spelled, at);
    at = script.find(kArray, behind);
  }
  std::sort(elements->begin(), elements->end(), Earlier);
}

}  // namespace otto::bash
