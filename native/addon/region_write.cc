// How JavaScript's values get into a Region.
#include <cmath>
#include <string>

#include "addon/region_object.h"

namespace otto::addon {

namespace {

template <typename Key>
napi_value SetText(napi_env env, napi_callback_info info, ValueType type) {
  Call<2> call;
  Key key;
  Utf8Text text;
  if (!call.Begin(env, info)) return nullptr;
  Status status = key.Read(env, call.self, call.args[0]);
  if (status.ok()) status = text.Read(env, call.args[1]);
  if (status.ok()) status = key.Set(type, AsBytes(text.view()));
  return status.ok() ? nullptr : Throw(env, status);
}

napi_value SetData(napi_env env, napi_callback_info info, ValueType type) {
  Call<2> call;
  ShortText key;
  Bytes data;
  if (!call.Begin(env, info)) return nullptr;
  Status status = key.Read(env, call.args[0]);
  if (status.ok()) status = ReadBytes(env, call.args[1], &data);
  if (status.ok()) status = call.region().Set({key.view(), type, data});
  return status.ok() ? nullptr : Throw(env, status);
}

// JavaScript's shortest form. Whole numbers beyond 2^53 get a fraction: they are floats, and without it readers would
// take them for exact integers. The same holds for -0.
bool NumberText(napi_env env, napi_value from, std::string* out) {
  double number = NAN;
  if (napi_get_value_double(env, from, &number) != napi_ok || !std::isfinite(number)) return false;
  napi_value string = nullptr;
  char text[32];
  std::size_t length = 0;
  napi_coerce_to_string(env, from, &string);
  napi_get_value_string_utf8(env, string, text, sizeof text, &length);
  *out = number == 0 && std::signbit(number) ? "-0.0" : std::string(text, length);
  if (std::fabs(number) > 9007199254740991.0 && out->find_first_of(".e") == std::string::npos) *out += ".0";
  return true;
}

}  // namespace

template <typename Key>
napi_value SetString(napi_env env, napi_callback_info info) {
  return SetText<Key>(env, info, ValueType::kString);
}
template napi_value SetString<ByText>(napi_env env, napi_callback_info info);
template napi_value SetString<ByNumber>(napi_env env, napi_callback_info info);

napi_value SetJson(napi_env env, napi_callback_info info) {
  return SetText<ByText>(env, info, ValueType::kJson);
}
napi_value SetBytes(napi_env env, napi_callback_info info) {
  return SetData(env, info, ValueType::kBytes);
}
napi_value SetRaw(napi_env env, napi_callback_info info) {
  return SetData(env, info, ValueType::kRaw);
}

template <typename Key>
napi_value SetNumber(napi_env env, napi_callback_info info) {
  Call<2> call;
  Key key;
  std::string text;
  if (!call.Begin(env, info)) return nullptr;
  Status status = key.Read(env, call.self, call.args[0]);
  if (status.ok() && !NumberText(env, call.args[1], &text)) {
    status = Status::Usage("the value must be a finite number", key.text());
  }
  if (status.ok()) status = key.Set(ValueType::kJson, AsBytes(text));
  return status.ok() ? nullptr : Throw(env, status);
}
template napi_value SetNumber<ByText>(napi_env env, napi_callback_info info);
template napi_value SetNumber<ByNumber>(napi_env env, napi_callback_info info);

napi_value Delete(napi_env env, napi_callback_info info) {
  Call<1> call;
  ShortText key;
  bool existed = false;
  if (!call.Begin(env, info)) return nullptr;
  Status status = key.Read(env, call.args[0]);
  if (status.ok()) status = call.region().Delete(key.view(), &existed);
  return status.ok() ? NewBoolean(env, existed) : Throw(env, status);
}

napi_value AdoptFile(napi_env env, napi_callback_info info) {
  Call<3> call;
  ShortText key;
  ShortText file_name;
  ValueType type = ValueType::kRaw;
  if (!call.Begin(env, info)) return nullptr;
  Status status = key.Read(env, call.args[0]);
  if (status.ok()) status = ReadType(env, call.args[1], &type);
  if (status.ok()) status = file_name.Read(env, call.args[2], "the file's name");
  if (status.ok()) status = call.region().AdoptFile({key.view(), type, file_name.c_str()});
  return status.ok() ? nullptr : Throw(env, status);
}

// A key that the source does not have is no error here, but false.
napi_value Forward(napi_env env, napi_callback_info info) {
  Call<3> call;
  ShortText key;
  ShortText source_key;
  Value value;
  if (!call.Begin(env, info)) return nullptr;
  RegionObject* source = RegionArgument(env, call.args[1]);
  if (source == nullptr) return nullptr;
  Status status = key.Read(env, call.args[0]);
  if (status.ok()) status = source_key.Read(env, call.args[2], "the source's key");
  if (status.ok()) status = source->region.Get(source_key.view(), &value);
  if (status.ok() && !value.found) return NewBoolean(env, false);
  if (status.ok()) status = call.region().Forward({key.view(), source->region, source_key.view()});
  return status.ok() ? NewBoolean(env, true) : Throw(env, status);
}

napi_value Seal(napi_env env, napi_callback_info info) {
  Call<0> call;
  if (!call.Begin(env, info)) return nullptr;
  const Status status = call.region().Seal();
  return status.ok() ? nullptr : Throw(env, status);
}

}  // namespace otto::addon
