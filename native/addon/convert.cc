#include "addon/convert.h"

#include <uv.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace otto::addon {

namespace {

constexpr const char* kCodeNames[] = {"",        "corrupt",   "no-space", "sealed", "version",
                                      "foreign", "too-large", "io",       "usage"};

napi_value ErrnoName(napi_env env, int number) {
  char name[64];
  return NewString(env, uv_err_name_r(-number, name, sizeof name));
}

using CreateError = napi_status (*)(napi_env, napi_value, napi_value, napi_value*);

CreateError CreatorFor(StatusCode code) {
  if (code == StatusCode::kTooLarge) return napi_create_range_error;
  if (code == StatusCode::kUsage) return napi_create_type_error;
  return napi_create_error;
}

Status Unusable(const char* what, const char* why) {
  return Status({.code = StatusCode::kUsage, .operation = "use", .subject = what, .detail = why});
}

// UTF-8 of U+FFFD, which V8 writes in place of half a surrogate pair; such a string has no UTF-8 form of its own.
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool HasLoneSurrogate(napi_env env, napi_value from) {
  std::size_t units = 0;
  if (napi_get_value_string_utf16(env, from, nullptr, 0, &units) != napi_ok) return false;
  auto* text = static_cast<char16_t*>(std::malloc((units + 1) * sizeof(char16_t)));
  if (text == nullptr) return true;
  napi_get_value_string_utf16(env, from, text, units + 1, &units);
  bool lone = false;
  for (std::size_t i = 0; i < units && !lone; i++) {
    if ((text[i] & 0xf800) != 0xd800) continue;
    const bool paired = text[i] < 0xdc00 && i + 1 < units && (text[i + 1] & 0xfc00) == 0xdc00;
    lone = !paired;
    i++;
  }
  std::free(text);
  return lone;
}

// Reads a string that is ASCII and has less than kUnits characters, eight at a time; the last word is filled up with
// zeros. False: it is something else. V8 hands out UTF-16 several times as fast as UTF-8, which it makes character by
// character.
template <std::size_t kUnits>
bool ReadAscii(napi_env env, napi_value from, std::uint64_t* words, std::size_t* length) {
  char16_t units[kUnits];
  std::size_t count = 0;
  if (napi_get_value_string_utf16(env, from, units, kUnits, &count) != napi_ok || count + 1 >= kUnits) return false;
  std::uint64_t all = 0;
  for (std::size_t at = 0; at < count; at += 8) {
    std::uint64_t word = 0;
    for (std::size_t i = std::min(at + 8, count); i > at; i--) {
      word = word << 8 | units[i - 1];
      all |= units[i - 1];
    }
    *words++ = word;
  }
  if (count % 8 == 0) *words = 0;  // ends the text
  *length = count;
  return all < 0x80;
}

Status CheckUnicode(napi_env env, const NamedValue& from, std::string_view utf8) {
  if (utf8.find(kReplacement) == std::string_view::npos || !HasLoneSurrogate(env, from.value)) return Status();
  return Unusable(from.name, "it holds half a surrogate pair, which UTF-8 has no form for");
}

}  // namespace

napi_value ErrorOf(napi_env env, const Status& status) {
  char message[4096 + 512];
  const std::size_t length = status.Describe(message, sizeof message);
  const napi_value code = NewString(env, kCodeNames[static_cast<int>(status.code())]);
  napi_value error = nullptr;
  CreatorFor(status.code())(env, code, NewString(env, {message, length}), &error);
  Put(env, error, "path", NewString(env, status.subject()));
  if (status.error_number() != 0) Put(env, error, "errno", ErrnoName(env, status.error_number()));
  return error;
}

napi_value Throw(napi_env env, const Status& status) {
  napi_throw(env, ErrorOf(env, status));
  return nullptr;
}

const char* NameOf(ValueType type) {
  constexpr const char* kNames[] = {nullptr, "string", "bytes", "json", "raw"};
  const auto number = static_cast<std::size_t>(type);
  return number < sizeof kNames / sizeof *kNames ? kNames[number] : nullptr;
}

Status ReadType(napi_env env, napi_value from, ValueType* out) {
  ShortText name;
  if (Status status = name.Read(env, from, "the type"); !status.ok()) return status;
  for (const auto type : {ValueType::kString, ValueType::kBytes, ValueType::kJson, ValueType::kRaw}) {
    if (name.view() != NameOf(type)) continue;
    *out = type;
    return Status();
  }
  return Unusable(name.c_str(), "types are string, bytes, json and raw");
}

Status ShortText::Read(napi_env env, napi_value from, const char* name) {
  if (ReadAscii<256>(env, from, words_, &length_)) return Status();
  auto* text = reinterpret_cast<char*>(words_);
  if (napi_get_value_string_utf8(env, from, text, sizeof words_, &length_) != napi_ok) {
    return Unusable(name, "it must be a string");
  }
  if (length_ + 4 > kCapacity) {  // at most so many bytes are left free when V8 cuts before a whole character
    return Status({.code = StatusCode::kTooLarge,
                   .operation = "use",
                   .subject = name,
                   .detail = "it is too long; keys have at most 2048 bytes"});
  }
  std::memset(text + length_, 0, 8 - length_ % 8);
  return IsAscii(AsBytes(view())) ? Status() : CheckUnicode(env, {from, name}, view());
}

Utf8Text::~Utf8Text() {
  std::free(large_);
}

Status Utf8Text::Read(napi_env env, napi_value from, const char* name) {
  if (ReadAscii<kSmallBytes>(env, from, words_, &length_)) return Status();
  if (napi_get_value_string_utf8(env, from, reinterpret_cast<char*>(words_), kSmallBytes, &length_) != napi_ok) {
    return Unusable(name, "it must be a string");
  }
  if (length_ + 4 > kSmallBytes) {
    napi_get_value_string_utf8(env, from, nullptr, 0, &length_);
    large_ = static_cast<char*>(std::malloc(length_ + 1));
    if (large_ == nullptr) return Status::FromErrno("copy", "a string", ENOMEM);
    napi_get_value_string_utf8(env, from, large_, length_ + 1, &length_);
  }
  return IsAscii(AsBytes(view())) ? Status() : CheckUnicode(env, {from, name}, view());
}

Status ReadBytes(napi_env env, napi_value from, Bytes* out) {
  bool has_bytes = false;
  void* data = nullptr;
  std::size_t length = 0;
  if (napi_is_buffer(env, from, &has_bytes) != napi_ok || !has_bytes ||
      napi_get_buffer_info(env, from, &data, &length) != napi_ok) {
    return Unusable("the value", "it must be a typed array, a DataView or a Buffer");
  }
  *out = {static_cast<const std::byte*>(data), length};
  return Status();
}

Status ReadCount(napi_env env, const NamedValue& from, std::uint64_t* out) {
  double number = -1;
  if (napi_get_value_double(env, from.value, &number) != napi_ok || !(number >= 0 && number <= 9007199254740991.0) ||
      number != std::floor(number)) {
    return Unusable(from.name, "it must be a whole number from 0");
  }
  *out = static_cast<std::uint64_t>(number);
  return Status();
}

bool IsAscii(Bytes text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;
  const std::byte* at = text.data();
  std::size_t left = text.size();
  std::uint64_t words[8];
  for (; left >= sizeof words; at += sizeof words, left -= sizeof words) {
    std::memcpy(words, at, sizeof words);
    std::uint64_t all = 0;
    for (const std::uint64_t word : words) all |= word;
    if ((all & kHighBits) != 0) return false;
  }
  std::uint64_t rest = 0;
  for (; left >= 8; at += 8, left -= 8) {
    std::memcpy(words, at, 8);
    rest |= words[0];
  }
  for (; left > 0; at++, left--) rest |= static_cast<std::uint64_t>(*at);
  return (rest & kHighBits) == 0;
}

std::uint64_t Utf16Units(Bytes text) {
  std::uint64_t units = 0;
  for (const std::byte byte : text) {
    units += ((byte & std::byte{0xc0}) != std::byte{0x80}) + (byte >= std::byte{0xf0});
  }
  return units;
}

void Put(napi_env env, napi_value object, const char* name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

napi_value Null(napi_env env) {
  napi_value result = nullptr;
  napi_get_null(env, &result);
  return result;
}

napi_value NewBoolean(napi_env env, bool value) {
  napi_value result = nullptr;
  napi_get_boolean(env, value, &result);
  return result;
}

napi_value NewString(napi_env env, std::string_view utf8) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, utf8.data(), utf8.size(), &result);
  return result;
}

napi_value NewNumber(napi_env env, std::uint64_t number) {
  napi_value result = nullptr;
  napi_create_double(env, static_cast<double>(number), &result);
  return result;
}

}  // namespace otto::addon
