#include "addon/region_object.h"

#include <utility>

namespace otto::addon {

namespace {

void ForgetViews(napi_env env, RegionObject* object) {
  for (const CachedView& cached : object->views) napi_delete_reference(env, cached.view);
  object->views.clear();
}

void Collect(napi_env env, void* data, void*) {
  auto* object = static_cast<RegionObject*>(data);
  ForgetViews(env, object);
  delete object;
}

// `new` by itself gives an object without a region, on which every method says that it is closed.
napi_value Construct(napi_env env, napi_callback_info info) {
  napi_value receiver = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, &receiver, nullptr);
  return receiver;
}

napi_value Close(napi_env env, napi_callback_info info) {
  napi_value receiver = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, &receiver, nullptr);
  void* object = nullptr;
  if (napi_unwrap(env, receiver, &object) != napi_ok) return nullptr;
  ForgetViews(env, static_cast<RegionObject*>(object));
  static_cast<RegionObject*>(object)->region.Close();
  return nullptr;
}

napi_value Path(napi_env env, napi_callback_info info) {
  Call<0> call;
  return call.Begin(env, info) ? NewString(env, call.region().path()) : nullptr;
}

napi_value Sealed(napi_env env, napi_callback_info info) {
  Call<0> call;
  napi_value result = nullptr;
  if (call.Begin(env, info)) napi_get_boolean(env, call.region().sealed(), &result);
  return result;
}

constexpr napi_property_descriptor Method(const char* name, napi_callback callback) {
  return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_default_method, nullptr};
}

constexpr napi_property_descriptor Getter(const char* name, napi_callback callback) {
  return {name, nullptr, nullptr, callback, nullptr, nullptr, napi_enumerable, nullptr};
}

constexpr napi_property_descriptor kMembers[] = {
    Method("setString", SetString), Method("setJson", SetJson),     Method("setBytes", SetBytes),
    Method("setRaw", SetRaw),       Method("setNumber", SetNumber), Method("delete", Delete),
    Method("getString", GetString), Method("getBytes", GetBytes),   Method("typeOf", TypeOf),
    Method("has", Has),             Method("view", View),           Method("entries", Entries),
    Method("adoptFile", AdoptFile), Method("seal", Seal),           Method("close", Close),
    Getter("path", Path),           Getter("sealed", Sealed),
};

}  // namespace

napi_value DefineRegionClass(napi_env env) {
  napi_value result = nullptr;
  napi_define_class(env, "Region", NAPI_AUTO_LENGTH, Construct, nullptr, sizeof kMembers / sizeof *kMembers,
                    kMembers, &result);
  return result;
}

napi_value NewRegion(napi_env env, napi_value region_class, Region&& region) {
  napi_value instance = nullptr;
  if (napi_new_instance(env, region_class, 0, nullptr, &instance) != napi_ok) return nullptr;
  auto* object = new RegionObject{std::move(region), {}};
  if (napi_wrap(env, instance, object, Collect, nullptr, nullptr) == napi_ok) return instance;
  delete object;
  return nullptr;
}

}  // namespace otto::addon
