// RegionObject: the C++ side of a JavaScript `Region` (src/data/native.ts).
//
// Threads: that of its `env`; each worker opens its own.
// Owns: the core's Region. The views it hands out own their mappings themselves and outlive it.
// The methods use N-API directly: get and set of small values must cost a few empty calls, and node-addon-api's objects
// alone cost one. Finding the receiver by napi_unwrap costs ten; so the methods that matter stand on each instance once
// more, as functions whose data is the RegionObject. Bringing a key over and looking it up costs more than all the rest
// of a get; so JavaScript may give a key a number and use that instead (src/data/numbered-keys.ts).
#pragma once

#include <node_api.h>

#include <cstddef>
#include <string>
#include <vector>

#include "addon/convert.h"
#include "addon/view_cache.h"
#include "core/known_key.h"
#include "core/region.h"

namespace otto::addon {

// A key that JavaScript has given a number.
struct NumberedKey {
  std::string text;
  KnownKey known;
};

struct RegionObject {
  Region region;
  ViewCache views = {};
  std::vector<NumberedKey> keys = {};  // by their numbers
};

// The key of a call: a string, or with ByNumber a key's number.
class ByText {
 public:
  Status Read(napi_env env, RegionObject* object, napi_value from);
  std::string_view text() const { return text_.view(); }
  Status Get(Value* value) { return object_->region.Get(text(), value); }
  Status Set(ValueType type, Bytes value) { return object_->region.Set({text(), type, value}); }

 private:
  RegionObject* object_ = nullptr;
  ShortText text_;
};

class ByNumber {
 public:
  Status Read(napi_env env, RegionObject* object, napi_value from);
  std::string_view text() const { return key_->text; }
  Status Get(Value* value) { return object_->region.Get(text(), &key_->known, value); }
  Status Set(ValueType type, Bytes value) { return object_->region.Set({text(), type, value}, &key_->known); }

 private:
  RegionObject* object_ = nullptr;
  NumberedKey* key_ = nullptr;
};

// The class with all methods, to be kept for NewRegion.
napi_value DefineRegionClass(napi_env env);
// An instance of it that owns `region`; nullptr with an exception pending when JavaScript has no memory.
napi_value NewRegion(napi_env env, napi_value region_class, Region&& region);
// The methods that are worth it, taking a number in place of the key, and `number(key)`, which gives a key its number:
// NumberedMethods of src/data/native.ts.
napi_value NumberedMethods(napi_env env, napi_callback_info info);

void ThrowClosed(napi_env env);
// The object behind `this`; null when it is no Region.
RegionObject* Receiver(napi_env env, napi_callback_info info);
// An argument that is an open Region; else null, and an exception is pending.
RegionObject* RegionArgument(napi_env env, napi_value from);

// One call of a method: its arguments, and its receiver, which is open. N: how many arguments the method takes.
template <std::size_t N>
struct Call {
  RegionObject* self = nullptr;
  napi_value args[N == 0 ? 1 : N] = {};

  // False: an exception is pending.
  bool Begin(napi_env env, napi_callback_info info) {
    std::size_t count = N;
    void* object = nullptr;
    napi_get_cb_info(env, info, &count, args, nullptr, &object);
    self = object != nullptr ? static_cast<RegionObject*>(object) : Receiver(env, info);
    if (self != nullptr && self->region.is_open()) return true;
    ThrowClosed(env);
    return false;
  }
  Region& region() { return self->region; }
};

// What the files region_{read,view,write}.cc add to the class.
template <typename Key>
napi_value GetString(napi_env env, napi_callback_info info);
template <typename Key>
napi_value Has(napi_env env, napi_callback_info info);
template <typename Key>
napi_value SetString(napi_env env, napi_callback_info info);
template <typename Key>
napi_value SetNumber(napi_env env, napi_callback_info info);
napi_value GetBytes(napi_env env, napi_callback_info info);
napi_value TypeOf(napi_env env, napi_callback_info info);
napi_value Entries(napi_env env, napi_callback_info info);
napi_value View(napi_env env, napi_callback_info info);
napi_value SetJson(napi_env env, napi_callback_info info);
napi_value SetBytes(napi_env env, napi_callback_info info);
napi_value SetRaw(napi_env env, napi_callback_info info);
napi_value Delete(napi_env env, napi_callback_info info);
napi_value AdoptFile(napi_env env, napi_callback_info info);
napi_value Forward(napi_env env, napi_callback_info info);
napi_value Seal(napi_env env, napi_callback_info info);

// The value of `from`, found or not. False: an exception is pending.
template <typename Key = ByText>
bool Find(napi_env env, RegionObject* object, napi_value from, Value* value) {
  Key key;
  Status status = key.Read(env, object, from);
  if (status.ok()) status = key.Get(value);
  if (!status.ok()) Throw(env, status);
  return status.ok();
}

}  // namespace otto::addon
