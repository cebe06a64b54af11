#include "addon/run_object.h"

#include <string>
#include <utility>
#include <vector>

#include "addon/environment.h"
#include "addon/region_object.h"

namespace otto::addon {

Napi::Function RunObject::Define(Napi::Env env) {
  return DefineClass(
      env, "ShmRun",
      {InstanceAccessor<&RunObject::Directory>("directory", napi_enumerable),
       InstanceAccessor<&RunObject::SpillDirectory>("spillDirectory", napi_enumerable),
       InstanceMethod<&RunObject::CreateTask>("createTask"), InstanceMethod<&RunObject::RemoveTask>("removeTask"),
       InstanceMethod<&RunObject::Remove>("remove")});
}

Napi::Value RunObject::New(const Napi::CallbackInfo& info, RunDirectory&& run) {
  const Napi::Object instance = Environment::Of(info.Env()).run_class.New({});
  if (!info.Env().IsExceptionPending()) Unwrap(instance)->run_ = std::move(run);
  return instance;
}

Napi::Value RunObject::Directory(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), run_.path());
}

Napi::Value RunObject::SpillDirectory(const Napi::CallbackInfo& info) {
  const std::string_view path = run_.spill_path();
  if (path.empty()) return info.Env().Null();
  return Napi::String::New(info.Env(), path.data(), path.size());
}

namespace {

bool InputsArgument(const Napi::CallbackInfo& info, std::vector<std::string>* out) {
  if (!info[1].IsArray()) {
    Throw(info.Env(), Status::Usage("the inputs must be an array of names", "createTask"));
    return false;
  }
  const auto names = info[1].As<Napi::Array>();
  for (std::uint32_t i = 0; i < names.Length(); i++) {
    const Napi::Value name = names[i];
    out->push_back(name.IsString() ? name.As<Napi::String>().Utf8Value() : std::string());
  }
  return true;
}

}  // namespace

Napi::Value RunObject::CreateTask(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::string task;
  std::vector<std::string> names;
  if (!TextArgument(info, {0, "the task's name"}, &task) || !InputsArgument(info, &names)) return env.Undefined();
  if (removed_) {
    Throw(env, Status::Usage("the run has been removed", run_.path()));
    return env.Undefined();
  }
  const std::vector<std::string_view> inputs(names.begin(), names.end());
  Region region;
  if (Status status = run_.CreateTask(task, inputs, &region); !status.ok()) {
    Throw(env, status);
    return env.Undefined();
  }
  return {env, NewRegion(env, Environment::Of(env).region_class.Value(), std::move(region))};
}

void RunObject::RemoveTask(const Napi::CallbackInfo& info) {
  std::string task;
  if (!TextArgument(info, {0, "the task's name"}, &task)) return;
  if (Status status = run_.RemoveTask(task); !status.ok()) Throw(info.Env(), status);
}

void RunObject::Remove(const Napi::CallbackInfo& info) {
  Status status = run_.Remove();
  removed_ = status.ok();
  if (!removed_) Throw(info.Env(), status);
}

}  // namespace otto::addon
