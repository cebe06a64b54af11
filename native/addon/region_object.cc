#include "addon/region_object.h"

#include <iterator>
#include <utility>

#include "addon/environment.h"

namespace otto::addon {

namespace {

// What tells a Region from every other object of this or another addon.
constexpr napi_type_tag kRegionTag = {0x9d1f6b0c52e84a37, 0xb0a4c1e36f7d2958};

RegionObject* Unwrap(napi_env env, napi_value from) {
  napi_valuetype type = napi_undefined;
  bool is_region = false;
  void* object = nullptr;
  napi_typeof(env, from, &type);
  if (type != napi_object || napi_check_object_type_tag(env, from, &kRegionTag, &is_region) != napi_ok) return nullptr;
  if (is_region) napi_unwrap(env, from, &object);
  return static_cast<RegionObject*>(object);
}

void Collect(napi_env env, void* data, void*) {
  auto* object = static_cast<RegionObject*>(data);
  object->views.Clear(env);
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
  object->views.Clear(env);
  object->keys.clear();
  object->region.Close();
  return nullptr;
}

napi_value Path(napi_env env, napi_callback_info info) {
  Call<0> call;
  return call.Begin(env, info) ? NewString(env, call.region().path()) : nullptr;
}

napi_value Directory(napi_env env, napi_callback_info info) {
  Call<0> call;
  return call.Begin(env, info) ? NewString(env, call.region().task_directory()) : nullptr;
}

napi_value SpillDirectory(napi_env env, napi_callback_info info) {
  Call<0> call;
  if (!call.Begin(env, info)) return nullptr;
  const Text directory = call.region().spill_directory();
  return directory.empty() ? Null(env) : NewString(env, directory.view());
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

// These stand on each instance as well.
constexpr Named kFastMethods[] = {
    {"getString", GetString<ByText>},
    {"getBytes", GetBytes},
    {"has", Has<ByText>},
    {"view", View},
    {"setString", SetString<ByText>},
    {"setBytes", SetBytes},
    {"setNumber", SetNumber<ByText>},
};

constexpr std::uint32_t kMaxNumberedKeys = 1024;

// number(key): the number by which the functions below know the key from now on; undefined when there are too many. A
// key is numbered once.
napi_value Number(napi_env env, napi_callback_info info) {
  Call<1> call;
  ShortText key;
  if (!call.Begin(env, info)) return nullptr;
  if (Status status = key.Read(env, call.args[0]); !status.ok()) return Throw(env, status);
  std::vector<NumberedKey>& keys = call.self->keys;
  if (keys.size() >= kMaxNumberedKeys) return nullptr;
  keys.push_back({std::string(key.view()), {}});
  return NewNumber(env, keys.size() - 1);
}

constexpr Named kNumberedMethods[] = {
    {"number", Number},
    {"getString", GetString<ByNumber>},
    {"has", Has<ByNumber>},
    {"setString", SetString<ByNumber>},
    {"setNumber", SetNumber<ByNumber>},
};

constexpr Named kOtherMethods[] = {
    {"setJson", SetJson},     {"setRaw", SetRaw}, {"delete", Delete}, {"typeOf", TypeOf},   {"entries", Entries},
    {"adoptFile", AdoptFile}, {"seal", Seal},     {"close", Close},   {"forward", Forward},
};

constexpr Named kGetters[] = {
    {"path", Path},
    {"directory", Directory},
    {"spillDirectory", SpillDirectory},
    {"sealed", Sealed},
};

constexpr napi_property_descriptor Method(const Named& method) {
  return {method.name, nullptr, method.callback, nullptr, nullptr, nullptr, napi_default_method, nullptr};
}

constexpr napi_property_descriptor Getter(const Named& getter) {
  return {getter.name, nullptr, nullptr, getter.callback, nullptr, nullptr, napi_enumerable, nullptr};
}

// Functions of `holder` whose data is `object`. Each keeps the instance alive, in case that JavaScript keeps it alone.
struct FastMethods {
  napi_value instance;
  RegionObject* object;

  void AddTo(napi_env env, napi_value holder, const Named& method) const {
    napi_value function = nullptr;
    napi_create_function(env, method.name, NAPI_AUTO_LENGTH, method.callback, object, &function);
    const napi_property_descriptor owner = {"region", nullptr,  nullptr,      nullptr,
                                            nullptr,  instance, napi_default, nullptr};
    napi_define_properties(env, function, 1, &owner);
    const napi_property_descriptor own = {method.name,         nullptr, nullptr, nullptr, nullptr, function,
                                          napi_default_method, nullptr};
    napi_define_properties(env, holder, 1, &own);
  }
};

}  // namespace

Status ByText::Read(napi_env env, RegionObject* object, napi_value from) {
  object_ = object;
  return text_.Read(env, from);
}

Status ByNumber::Read(napi_env env, RegionObject* object, napi_value from) {
  std::uint32_t number = kMaxNumberedKeys;
  napi_get_value_uint32(env, from, &number);
  if (number >= object->keys.size()) return Status::Usage("no key has this number", object->region.path());
  object_ = object;
  key_ = &object->keys[number];
  return {};
}

napi_value NumberedMethods(napi_env env, napi_callback_info info) {
  Call<1> call;
  std::size_t count = 1;
  napi_get_cb_info(env, info, &count, call.args, nullptr, nullptr);
  RegionObject* object = RegionArgument(env, call.args[0]);
  if (object == nullptr) return nullptr;
  napi_value methods = nullptr;
  napi_create_object(env, &methods);
  const FastMethods fast{call.args[0], object};
  for (const Named& method : kNumberedMethods) fast.AddTo(env, methods, method);
  return methods;
}

void ThrowClosed(napi_env env) {
  Throw(
      env,
      Status({.code = StatusCode::kUsage, .operation = "use", .subject = "a region", .detail = "it has been closed"}));
}

RegionObject* Receiver(napi_env env, napi_callback_info info) {
  napi_value receiver = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, &receiver, nullptr);
  return Unwrap(env, receiver);
}

RegionObject* RegionArgument(napi_env env, napi_value from) {
  RegionObject* object = Unwrap(env, from);
  if (object == nullptr) {
    Throw(env, Status::Usage("it must be a Region", "the region"));
    return nullptr;
  }
  if (object->region.is_open()) return object;
  ThrowClosed(env);
  return nullptr;
}

napi_value DefineRegionClass(napi_env env) {
  napi_property_descriptor members[std::size(kFastMethods) + std::size(kOtherMethods) + std::size(kGetters)];
  std::size_t count = 0;
  for (const Named& method : kFastMethods) members[count++] = Method(method);
  for (const Named& method : kOtherMethods) members[count++] = Method(method);
  for (const Named& getter : kGetters) members[count++] = Getter(getter);
  napi_value result = nullptr;
  napi_define_class(env, "Region", NAPI_AUTO_LENGTH, Construct, nullptr, count, members, &result);
  return result;
}

napi_value NewRegion(napi_env env, napi_value region_class, Region&& region) {
  napi_value instance = nullptr;
  if (napi_new_instance(env, region_class, 0, nullptr, &instance) != napi_ok) return nullptr;
  auto* object = new RegionObject{std::move(region)};
  if (napi_wrap(env, instance, object, Collect, nullptr, nullptr) != napi_ok) {
    delete object;
    return nullptr;
  }
  napi_type_tag_object(env, instance, &kRegionTag);
  const FastMethods fast{instance, object};
  for (const Named& method : kFastMethods) fast.AddTo(env, instance, method);
  const Napi::FunctionReference& on_region = Environment::Of(env).on_region;
  if (!on_region.IsEmpty()) on_region.Call({instance});
  return instance;
}

}  // namespace otto::addon
