#include "addon/relay_object.h"

#include <uv.h>

#include <cerrno>

#include "addon/convert.h"
#include "addon/hash_object.h"
#include "core/relay.h"

namespace otto::addon {

namespace {

// What libuv knows of: tells the event loop that a relay has ended. Deletes itself.
class EndSignal {
 public:
  static EndSignal* Make(Napi::Function on_end) {
    const Napi::Env env = on_end.Env();
    uv_loop_t* loop = nullptr;
    auto* signal = new EndSignal(env);
    if (napi_get_uv_event_loop(env, &loop) != napi_ok || uv_async_init(loop, &signal->async_, Ended) != 0) {
      delete signal;
      return nullptr;
    }
    signal->async_.data = signal;
    signal->on_end_ = Napi::Persistent(on_end);
    return signal;
  }

  // From any thread.
  static void Send(void* signal) { uv_async_send(&static_cast<EndSignal*>(signal)->async_); }

  // Nobody sends any more.
  void Close() {
    on_end_.Reset();
    uv_close(reinterpret_cast<uv_handle_t*>(&async_),
             [](uv_handle_t* handle) { delete static_cast<EndSignal*>(handle->data); });
  }

 private:
  explicit EndSignal(Napi::Env env) : env_(env) {}

  static void Ended(uv_async_t* async) {
    auto* signal = static_cast<EndSignal*>(async->data);
    if (signal->on_end_.IsEmpty()) return;
    const Napi::Env env = signal->env_;
    const Napi::HandleScope scope(env);
    signal->on_end_.Value().MakeCallback(env.Global(), {});
    if (env.IsExceptionPending()) napi_fatal_exception(env, env.GetAndClearPendingException().Value());
  }

  Napi::Env env_;
  uv_async_t async_;
  Napi::FunctionReference on_end_;
};

constexpr const char* kReasons[] = {"moved", "ended", "closed", "stalled", "stopped", "failed"};

// The object that JavaScript holds, and has to stop.
class RelayObject : public Napi::ObjectWrap<RelayObject> {
 public:
  explicit RelayObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RelayObject>(info) {
    const Napi::Env env = info.Env();
    if (!info[0].IsObject() || !info[1].IsObject() || !info[2].IsFunction()) {
      Throw(env, Status::Usage("it takes pipes, a hash and a function", "Relay"));
      return;
    }
    const auto pipes = info[0].As<Napi::Object>();
    hash_ = Napi::Persistent(info[1].As<Napi::Object>());
    signal_ = EndSignal::Make(info[2].As<Napi::Function>());
    if (signal_ == nullptr) {
      Throw(env, Status::FromErrno("start", "a relay", ENOMEM));
      return;
    }
    const Status status = relay_.Start({.from = NumberIn(pipes, "from"),
                                        .to = NumberIn(pipes, "to"),
                                        .stall_ms = NumberIn(pipes, "stallMs"),
                                        .hash = Hash::Unwrap(hash_.Value())->hash(),
                                        .ended = EndSignal::Send,
                                        .context = signal_});
    if (!status.ok()) {
      End();
      Throw(env, status);
      return;
    }
    // So that an environment that ends does not leave a thread behind that uses it.
    napi_add_env_cleanup_hook(env, EnvironmentEnds, this);
    is_started_ = true;
  }
  ~RelayObject() {
    if (is_started_) napi_remove_env_cleanup_hook(Env(), EnvironmentEnds, this);
    End();
  }

  Napi::Value Stop(const Napi::CallbackInfo& info) {
    const Relay::Result result = End();
    auto told = Napi::Object::New(info.Env());
    told["bytes"] = Napi::Number::New(info.Env(), static_cast<double>(result.bytes));
    told["reason"] = Napi::String::New(info.Env(), kReasons[static_cast<int>(result.reason)]);
    return told;
  }

 private:
  static void EnvironmentEnds(void* self) { static_cast<RelayObject*>(self)->End(); }

  static int NumberIn(const Napi::Object& object, const char* name) {
    const Napi::Value value = object[name];
    return value.IsNumber() ? value.As<Napi::Number>().Int32Value() : -1;
  }

  Relay::Result End() {
    const Relay::Result result = relay_.Stop();
    if (signal_ != nullptr) signal_->Close();
    signal_ = nullptr;
    return result;
  }

  Relay relay_;
  Napi::ObjectReference hash_;
  EndSignal* signal_ = nullptr;
  bool is_started_ = false;
};

}  // namespace

Napi::Function RelayClass(Napi::Env env) {
  return RelayObject::DefineClass(env, "Relay", {RelayObject::InstanceMethod<&RelayObject::Stop>("stop")});
}

}  // namespace otto::addon
