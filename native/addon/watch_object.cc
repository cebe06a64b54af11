#include "addon/watch_object.h"

#include <uv.h>

#include "addon/convert.h"

namespace otto::addon {

namespace {

// What libuv knows of. Lives until its handle is closed, with the object of JavaScript or without it. Deletes itself.
class Readiness {
 public:
  // Null when the descriptor cannot be watched.
  static Readiness* Start(int descriptor, int events, Napi::Function on_ready) {
    const Napi::Env env = on_ready.Env();
    uv_loop_t* loop = nullptr;
    auto* readiness = new Readiness(env, events);
    if (napi_get_uv_event_loop(env, &loop) != napi_ok || uv_poll_init(loop, &readiness->poll_, descriptor) != 0) {
      delete readiness;
      return nullptr;
    }
    readiness->poll_.data = readiness;
    readiness->on_ready_ = Napi::Persistent(on_ready);
    napi_add_async_cleanup_hook(env, EnvironmentEnds, readiness, &readiness->hook_);
    return readiness;
  }

  void Pause() { uv_poll_stop(&poll_); }
  void Resume() { uv_poll_start(&poll_, events_, Ready); }

  // Whoever holds it in `owner` must not after it has been deleted: an environment that ends closes it first and
  // finalizes the objects of JavaScript later.
  void BelongTo(Readiness** owner) { owner_ = owner; }

  void Close() {
    if (owner_ != nullptr) *owner_ = nullptr;
    owner_ = nullptr;
    if (uv_is_closing(reinterpret_cast<uv_handle_t*>(&poll_)) != 0) return;
    on_ready_.Reset();
    uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
      auto* readiness = static_cast<Readiness*>(handle->data);
      napi_remove_async_cleanup_hook(readiness->hook_);
      delete readiness;
    });
  }

 private:
  Readiness(Napi::Env env, int events) : env_(env), events_(events) {}

  // Errors are told like readiness: the next read or write says what they are.
  static void Ready(uv_poll_t* poll, int, int) {
    auto* readiness = static_cast<Readiness*>(poll->data);
    const Napi::Env env = readiness->env_;
    const Napi::HandleScope scope(env);
    const Napi::Function on_ready = readiness->on_ready_.Value();
    on_ready.MakeCallback(env.Global(), {});
    if (env.IsExceptionPending()) napi_fatal_exception(env, env.GetAndClearPendingException().Value());
  }

  static void EnvironmentEnds(napi_async_cleanup_hook_handle, void* data) { static_cast<Readiness*>(data)->Close(); }

  Napi::Env env_;
  int events_;
  uv_poll_t poll_;
  Napi::FunctionReference on_ready_;
  napi_async_cleanup_hook_handle hook_ = nullptr;
  Readiness** owner_ = nullptr;
};

// The object that JavaScript holds, and has to close.
class Watch : public Napi::ObjectWrap<Watch> {
 public:
  explicit Watch(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Watch>(info) {
    if (info[0].IsNumber() && info[2].IsFunction()) {
      const int events = info[1].ToBoolean() ? UV_WRITABLE : UV_READABLE;
      readiness_ = Readiness::Start(info[0].As<Napi::Number>().Int32Value(), events, info[2].As<Napi::Function>());
    }
    if (readiness_ != nullptr) {
      readiness_->BelongTo(&readiness_);
    } else {
      Throw(info.Env(), Status::Usage("it takes a pipe's descriptor, a boolean and a function", "Watch"));
    }
  }
  ~Watch() { End(); }

  template <void (Readiness::*kAct)()>
  void Control(const Napi::CallbackInfo&) {
    if (readiness_ != nullptr) (readiness_->*kAct)();
  }

  void Close(const Napi::CallbackInfo&) { End(); }

 private:
  void End() {
    if (readiness_ != nullptr) readiness_->Close();
  }

  Readiness* readiness_ = nullptr;
};

}  // namespace

Napi::Function WatchClass(Napi::Env env) {
  return Watch::DefineClass(env, "Watch",
                            {Watch::InstanceMethod<&Watch::Control<&Readiness::Pause>>("pause"),
                             Watch::InstanceMethod<&Watch::Control<&Readiness::Resume>>("resume"),
                             Watch::InstanceMethod<&Watch::Close>("close")});
}

}  // namespace otto::addon
