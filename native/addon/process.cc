#include "addon/process.h"

#include <uv.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "addon/convert.h"
#include "posix/orphans.h"
#include "posix/spawn_process.h"

namespace otto::addon {

namespace {

// Waits in the event loop for the end of one child. Deletes itself.
class ChildWatch {
 public:
  // False when it cannot be watched; `child` is then the caller's still.
  static bool Start(Napi::Function on_exit, posix::Child* child) {
    const Napi::Env env = on_exit.Env();
    uv_loop_t* loop = nullptr;
    auto* watch = new ChildWatch(env);
    if (napi_get_uv_event_loop(env, &loop) != napi_ok || uv_poll_init(loop, &watch->poll_, child->end.get()) != 0) {
      delete watch;
      return false;
    }
    watch->poll_.data = watch;
    watch->child_ = std::move(*child);
    watch->on_exit_ = Napi::Persistent(on_exit);
    uv_poll_start(&watch->poll_, UV_READABLE, Ended);
    napi_add_async_cleanup_hook(env, EnvironmentEnds, watch, &watch->hook_);
    return true;
  }

 private:
  explicit ChildWatch(Napi::Env env) : env_(env) {}

  static void Ended(uv_poll_t* poll, int, int) {
    auto* watch = static_cast<ChildWatch*>(poll->data);
    const Napi::Env env = watch->env_;
    const Napi::HandleScope scope(env);
    const posix::ProcessEnd end = posix::Reap(watch->child_);
    const Napi::Function on_exit = watch->on_exit_.Value();
    watch->Close();
    on_exit.MakeCallback(env.Global(), {Napi::Number::New(env, end.code), Napi::Number::New(env, end.signal)});
    if (env.IsExceptionPending()) napi_fatal_exception(env, env.GetAndClearPendingException().Value());
  }

  static void EnvironmentEnds(napi_async_cleanup_hook_handle, void* data) { static_cast<ChildWatch*>(data)->Close(); }

  void Close() {
    on_exit_.Reset();
    if (uv_is_closing(reinterpret_cast<uv_handle_t*>(&poll_)) != 0) return;
    uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
      auto* watch = static_cast<ChildWatch*>(handle->data);
      napi_remove_async_cleanup_hook(watch->hook_);
      delete watch;
    });
  }

  Napi::Env env_;
  uv_poll_t poll_;
  posix::Child child_;
  Napi::FunctionReference on_exit_;
  napi_async_cleanup_hook_handle hook_ = nullptr;
};

// Strings as C wants them: in an array that ends with nullptr.
class TextList {
 public:
  // False when one is no string or holds NUL.
  bool Read(const Napi::Value& from) {
    if (!from.IsArray()) return false;
    const auto array = from.As<Napi::Array>();
    const std::uint32_t length = array.Length();
    texts_.reserve(length);
    for (std::uint32_t i = 0; i < length; i++) {
      const Napi::Value text = array[i];
      if (!text.IsString()) return false;
      texts_.push_back(text.As<Napi::String>().Utf8Value());
      if (texts_.back().find('\0') != std::string::npos) return false;
    }
    return true;
  }

  std::vector<char*> Pointers() {
    std::vector<char*> pointers;
    pointers.reserve(texts_.size() + 1);
    for (std::string& text : texts_) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
  }

 private:
  std::vector<std::string> texts_;
};

struct Request {
  std::string file;
  std::string directory;
  TextList arguments;
  TextList environment;
  int standard_output = -1;
  int standard_error = -1;

  bool Read(const Napi::Object& from) {
    const Napi::Value file_value = from["file"];
    const Napi::Value directory_value = from["directory"];
    const Napi::Value output = from["stdout"];
    const Napi::Value error = from["stderr"];
    if (!file_value.IsString() || !directory_value.IsString() || !output.IsNumber() || !error.IsNumber()) return false;
    file = file_value.As<Napi::String>().Utf8Value();
    directory = directory_value.As<Napi::String>().Utf8Value();
    standard_output = output.As<Napi::Number>().Int32Value();
    standard_error = error.As<Napi::Number>().Int32Value();
    return file.find('\0') == std::string::npos && directory.find('\0') == std::string::npos &&
           arguments.Read(from["args"]) && environment.Read(from["environment"]);
  }

  Status Spawn(posix::Child* child) {
    const std::vector<char*> argument_pointers = arguments.Pointers();
    const std::vector<char*> environment_pointers = environment.Pointers();
    return posix::SpawnProcess({.file = file.c_str(),
                                .arguments = argument_pointers.data(),
                                .environment = environment_pointers.data(),
                                .directory = directory.c_str(),
                                .standard_output = standard_output,
                                .standard_error = standard_error},
                               child);
  }
};

Napi::Value AdoptOrphans(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), posix::AdoptOrphans(info[0].ToBoolean()));
}

Napi::Value EndedChild(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), posix::EndedChild());
}

void Collect(const Napi::CallbackInfo& info) {
  const int pid = info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : 0;
  // 0 and less would mean whole groups.
  if (pid > 0) return posix::CollectChild(pid);
  Throw(info.Env(), Status::Usage("it takes a pid", "collect"));
}

}  // namespace

Napi::Value Spawn(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Request request;
  if (!info[0].IsObject() || !info[1].IsFunction() || !request.Read(info[0].As<Napi::Object>())) {
    Throw(env, Status::Usage("a program has strings without NUL and two descriptors", "spawn"));
    return env.Undefined();
  }
  posix::Child child;
  if (const Status status = request.Spawn(&child); !status.ok()) return Napi::Number::New(env, -status.error_number());
  const int pid = child.pid;
  if (ChildWatch::Start(info[1].As<Napi::Function>(), &child)) return Napi::Number::New(env, pid);
  posix::KillAndReap(child);
  return Napi::Number::New(env, -ENOMEM);
}

Napi::Object OrphanFunctions(Napi::Env env) {
  auto functions = Napi::Object::New(env);
  functions["adopt"] = Napi::Function::New<AdoptOrphans>(env, "adopt");
  functions["endedChild"] = Napi::Function::New<EndedChild>(env, "endedChild");
  functions["collect"] = Napi::Function::New<Collect>(env, "collect");
  return functions;
}

}  // namespace otto::addon
