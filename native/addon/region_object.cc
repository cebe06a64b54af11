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
  RegionObject* object = Receiver(env, info);
  if (object == nullptr) return nullptr;
  ForgetViews(env, object);
  object->region.Close();
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

struct Named {
  const char* name;
  napi_callback callback;
};

constexpr Named kFastMethods[] = {
    {"getString", GetString}, {"getBytes", GetBytes},   {"has", Has}, {"view", View}, {"setString", SetString},
    {"setBytes", SetBytes},   {"setNumber", SetNumber},
};

constexpr Named kMethods[] = {
    {"getString", GetString}, {"getBytes", GetBytes},   {"has", Has},
    {"view", View},           {"setString", SetString}, {"setBytes", SetBytes},
    {"setNumber", SetNumber}, {"setJson", SetJson},     {"setRaw", SetRaw},
    {"delete", Delete},       {"typeOf", TypeOf},       {"entries", Entries},
    {"adoptFile", AdoptFile}, {"seal", Seal},           {"close", Close},
};

constexpr napi_property_descriptor Method(const Named& method) {
  return {method.name, nullptr, method.callback, nullptr, nullptr, nullptr, napi_default_method, nullptr};
}

constexpr napi_property_descriptor Getter(const char* name, napi_callback callback) {
  return {name, nullptr, nullptr, callback, nullptr, nullptr, napi_enumerable, nullptr};
}

// Each function keeps the instance alive, in case that JavaScript keeps the function alone.
void AddFastMethods(napi_env env, napi_value instance, RegionObject* object) {
  for (const Named& method : kFastMethods) {
    napi_value function = nullptr;
    napi_create_function(env, method.name, NAPI_AUTO_LENGTH, method.callback, object, &function);
    const napi_property_descriptor owner = {"region", nullptr,  nullptr,      nullptr,
                                            nullptr,  instance, napi_default, nullptr};
    napi_define_properties(env, function, 1, &owner);
    const napi_property_descriptor own = {method.name,         nullptr, nullptr, nullptr, nullptr, function,
                                          napi_default_method, nullptr};
    napi_define_properties(env, instance, 1, &own);
  }
}

}  // namespace

void ThrowClosed(napi_env env) {
  Throw(
      env,
      Status({.code = StatusCode::kUsage, .operation = "use", .subject = "a region", .detail = "it has been closed"}));
}

RegionObject* Receiver(napi_env env, napi_callback_info info) {
  napi_value receiver = nullptr;
  void* object = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, &receiver, nullptr);
  napi_unwrap(env, receiver, &object);
  return static_cast<RegionObject*>(object);
}

napi_value DefineRegionClass(napi_env env) {
  constexpr std::size_t kCount = sizeof kMethods / sizeof *kMethods;
  napi_property_descriptor members[kCount + 2];
  for (std::size_t i = 0; i < kCount; i++) members[i] = Method(kMethods[i]);
  members[kCount] = Getter("path", Path);
  members[kCount + 1] = Getter("sealed", Sealed);
  napi_value result = nullptr;
  napi_define_class(env, "Region", NAPI_AUTO_LENGTH, Construct, nullptr, kCount + 2, members, &result);
  return result;
}

napi_value NewRegion(napi_env env, napi_value region_class, Region&& region) {
  napi_value instance = nullptr;
  if (napi_new_instance(env, region_class, 0, nullptr, &instance) != napi_ok) return nullptr;
  auto* object = new RegionObject{std::move(region), {}};
  if (napi_wrap(env, instance, object, Collect, nullptr, nullptr) != napi_ok) {
    delete object;
    return nullptr;
  }
  AddFastMethods(env, instance, object);
  return instance;
}

}  // namespace otto::addon
