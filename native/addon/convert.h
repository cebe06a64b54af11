// Translation between JavaScript's values and the core's: errors, keys, bytes, strings.
//
// Threads: as N-API's: the thread of `env`. Failures are returned as a Status and thrown at one place, by Throw.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "core/region.h"

namespace otto::addon {

// V8's longest string, in UTF-16 units, and the longest ArrayBuffer of Node 20.
constexpr std::uint64_t kMaxStringUnits = (std::uint64_t{1} << 29) - 24;
constexpr std::uint64_t kMaxArrayBufferBytes = std::uint64_t{1} << 32;

// A NativeError (src/data/native.ts): a RangeError, TypeError or Error with `code`, `path` and, where the system said
// no, `errno`.
napi_value ErrorOf(napi_env env, const Status& status);
// Throws it and returns nullptr, for `return Throw(env, status);`.
napi_value Throw(napi_env env, const Status& status);

// "string", "bytes", "json", "raw"; null for anything else.
const char* NameOf(ValueType type);
Status ReadType(napi_env env, napi_value from, ValueType* out);

// A key, or another short name, on the stack.
class ShortText {
 public:
  static constexpr std::size_t kCapacity = 2 * kMaxKeyBytes;

  // kUsage when it is no string or not valid Unicode, kTooLarge when it does not fit.
  // Messages call it `name`.
  Status Read(napi_env env, napi_value from, const char* name = "the key");
  std::string_view view() const { return {c_str(), length_}; }
  const char* c_str() const { return reinterpret_cast<const char*>(words_); }

 private:
  std::size_t length_ = 0;
  std::uint64_t words_[kCapacity / 8 + 1];
};

// A string of any size as UTF-8: on the stack when it is short, else on the heap.
class Utf8Text {
 public:
  Utf8Text() = default;
  Utf8Text(const Utf8Text&) = delete;
  Utf8Text& operator=(const Utf8Text&) = delete;
  ~Utf8Text();

  Status Read(napi_env env, napi_value from, const char* name = "the value");
  std::string_view view() const { return {large_ != nullptr ? large_ : small(), length_}; }

 private:
  static constexpr std::size_t kSmallBytes = 1104;
  const char* small() const { return reinterpret_cast<const char*>(words_); }

  std::size_t length_ = 0;
  char* large_ = nullptr;
  std::uint64_t words_[kSmallBytes / 8];
};

// The value's bytes: those of any typed array, DataView or Buffer; valid while the call lasts.
Status ReadBytes(napi_env env, napi_value from, Bytes* out);

struct NamedValue {
  napi_value value;
  const char* name;  // for messages
};
// A whole number from 0 to 2^53 − 1.
Status ReadCount(napi_env env, const NamedValue& from, std::uint64_t* out);

bool IsAscii(Bytes text);
// How many UTF-16 units the UTF-8 text has.
std::uint64_t Utf16Units(Bytes text);

// Sets a property of a plain object that is being made.
void Put(napi_env env, napi_value object, const char* name, napi_value value);
napi_value Null(napi_env env);
napi_value NewBoolean(napi_env env, bool value);
napi_value NewString(napi_env env, std::string_view utf8);
napi_value NewNumber(napi_env env, std::uint64_t number);

}  // namespace otto::addon
