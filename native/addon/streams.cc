#include "addon/streams.h"

#include <uv.h>

#include <cerrno>
#include <string>

#include "addon/convert.h"
#include "addon/environment.h"
#include "core/relay.h"
#include "core/running_hash.h"
#include "posix/fifo.h"

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

  void Close() {
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
};

// The object that JavaScript holds, and has to close.
class Watch : public Napi::ObjectWrap<Watch> {
 public:
  explicit Watch(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Watch>(info) {
    if (info[0].IsNumber() && info[2].IsFunction()) {
      const int events = info[1].ToBoolean() ? UV_WRITABLE : UV_READABLE;
      readiness_ = Readiness::Start(info[0].As<Napi::Number>().Int32Value(), events, info[2].As<Napi::Function>());
    }
    if (readiness_ == nullptr)
      Throw(info.Env(), Status::Usage("it takes a pipe's descriptor, a boolean and a function", "Watch"));
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
    readiness_ = nullptr;
  }

  Readiness* readiness_ = nullptr;
};

class Hash : public Napi::ObjectWrap<Hash> {
 public:
  explicit Hash(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Hash>(info), hash_(RunningHash::New()) {
    if (hash_ == nullptr) Throw(info.Env(), Status::FromErrno("get memory for", "a hash", ENOMEM));
  }
  ~Hash() { RunningHash::Delete(hash_); }

  void Update(const Napi::CallbackInfo& info) {
    Bytes data;
    if (const Status status = ReadBytes(info.Env(), info[0], &data); !status.ok()) {
      Throw(info.Env(), status);
      return;
    }
    hash_->Feed(data);
  }

  RunningHash* hash() { return hash_; }

  Napi::Value Digest(const Napi::CallbackInfo& info) {
    char hex[kHexDigits + 1];
    hash_->WriteHex(hex);
    return Napi::String::New(info.Env(), hex);
  }

 private:
  RunningHash* hash_;
};

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

void MakeFifo(const Napi::CallbackInfo& info) {
  std::string path;
  if (!TextArgument(info, {0, "the path"}, &path)) return;
  if (const Status status = posix::MakeFifo(path.c_str()); !status.ok()) Throw(info.Env(), status);
}

int DescriptorAt(const Napi::CallbackInfo& info, std::size_t index) {
  return info[index].IsNumber() ? info[index].As<Napi::Number>().Int32Value() : -1;
}

void Widen(const Napi::CallbackInfo& info) {
  posix::WidenPipe(DescriptorAt(info, 0));
}

}  // namespace

Napi::Object StreamParts(Napi::Env env) {
  auto parts = Napi::Object::New(env);
  parts["makeFifo"] = Napi::Function::New<MakeFifo>(env, "makeFifo");
  parts["widen"] = Napi::Function::New<Widen>(env, "widen");
  parts["Watch"] = Watch::DefineClass(env, "Watch",
                                      {Watch::InstanceMethod<&Watch::Control<&Readiness::Pause>>("pause"),
                                       Watch::InstanceMethod<&Watch::Control<&Readiness::Resume>>("resume"),
                                       Watch::InstanceMethod<&Watch::Close>("close")});
  if (posix::CanRelay())
    parts["Relay"] = RelayObject::DefineClass(env, "Relay", {RelayObject::InstanceMethod<&RelayObject::Stop>("stop")});
  parts["Hash"] = Hash::DefineClass(
      env, "Hash", {Hash::InstanceMethod<&Hash::Update>("update"), Hash::InstanceMethod<&Hash::Digest>("digest")});
  return parts;
}

}  // namespace otto::addon
