#include "addon/pipe_reader.h"

#include <uv.h>

#include <cstddef>

#include "addon/convert.h"

namespace otto::addon {

namespace {

class PipeReader;

constexpr std::size_t kPieceBytes = 65536;  // as much as a pipe holds

// What libuv knows of. Lives until its handle is closed, with the reader's object or without it. Deletes itself.
class PipeWatch {
 public:
  // Null when the descriptor cannot be read so; it is the caller's still.
  static PipeWatch* Start(int descriptor, Napi::Function on_read) {
    const Napi::Env env = on_read.Env();
    uv_loop_t* loop = nullptr;
    auto* watch = new PipeWatch(env);
    if (napi_get_uv_event_loop(env, &loop) != napi_ok || uv_pipe_init(loop, &watch->pipe_, 0) != 0) {
      delete watch;
      return nullptr;
    }
    watch->pipe_.data = watch;
    napi_add_async_cleanup_hook(env, EnvironmentEnds, watch, &watch->hook_);
    watch->on_read_ = Napi::Persistent(on_read);
    if (uv_pipe_open(&watch->pipe_, descriptor) == 0) {
      watch->Resume();
      return watch;
    }
    watch->Close();
    return nullptr;
  }

  void set_reader(PipeReader* reader) { reader_ = reader; }

  void Pause() { uv_read_stop(stream()); }
  void Resume() { uv_read_start(stream(), Allocate, Read); }
  void Unref() { uv_unref(reinterpret_cast<uv_handle_t*>(&pipe_)); }
  void Close();

 private:
  explicit PipeWatch(Napi::Env env) : env_(env) {}

  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&pipe_); }

  // libuv calls Read before it asks again, so that all readers of a thread can share one buffer.
  static void Allocate(uv_handle_t*, std::size_t, uv_buf_t* buffer) {
    thread_local char piece[kPieceBytes];
    *buffer = uv_buf_init(piece, sizeof piece);
  }

  // An error (nothing else could be done about it) ends the pipe like its end does.
  static void Read(uv_stream_t* stream, ssize_t bytes, const uv_buf_t* buffer) {
    if (bytes == 0) return;
    auto* watch = static_cast<PipeWatch*>(stream->data);
    const Napi::Env env = watch->env_;
    const Napi::HandleScope scope(env);
    const Napi::Function on_read = watch->on_read_.Value();
    Napi::Value piece = env.Null();
    if (bytes > 0) piece = Napi::Buffer<char>::Copy(env, buffer->base, static_cast<std::size_t>(bytes));
    if (bytes < 0) watch->Close();
    on_read.MakeCallback(env.Global(), {piece});
    if (env.IsExceptionPending()) napi_fatal_exception(env, env.GetAndClearPendingException().Value());
  }

  static void EnvironmentEnds(napi_async_cleanup_hook_handle, void* data) { static_cast<PipeWatch*>(data)->Close(); }

  Napi::Env env_;
  uv_pipe_t pipe_;
  PipeReader* reader_ = nullptr;  // whom to tell that there is nothing to control any more
  Napi::FunctionReference on_read_;
  napi_async_cleanup_hook_handle hook_ = nullptr;
};

// The object that JavaScript holds. The pipe is read to its end also when nobody holds it any more.
class PipeReader : public Napi::ObjectWrap<PipeReader> {
 public:
  explicit PipeReader(const Napi::CallbackInfo& info) : Napi::ObjectWrap<PipeReader>(info) {
    if (info[0].IsNumber() && info[1].IsFunction())
      watch_ = PipeWatch::Start(info[0].As<Napi::Number>().Int32Value(), info[1].As<Napi::Function>());
    if (watch_ != nullptr)
      watch_->set_reader(this);
    else
      Throw(info.Env(), Status::Usage("it takes a pipe's descriptor and a function", "PipeReader"));
  }
  ~PipeReader() {
    if (watch_ != nullptr) watch_->set_reader(nullptr);
  }

  void Forget() { watch_ = nullptr; }

  template <void (PipeWatch::*kAct)()>
  void Control(const Napi::CallbackInfo&) {
    if (watch_ != nullptr) (watch_->*kAct)();
  }

 private:
  PipeWatch* watch_ = nullptr;
};

void PipeWatch::Close() {
  if (uv_is_closing(reinterpret_cast<uv_handle_t*>(&pipe_)) != 0) return;
  if (reader_ != nullptr) reader_->Forget();
  on_read_.Reset();
  uv_close(reinterpret_cast<uv_handle_t*>(&pipe_), [](uv_handle_t* handle) {
    auto* watch = static_cast<PipeWatch*>(handle->data);
    napi_remove_async_cleanup_hook(watch->hook_);
    delete watch;
  });
}

}  // namespace

Napi::Function DefinePipeReader(Napi::Env env) {
  using Class = Napi::ObjectWrap<PipeReader>;
  return Class::DefineClass(env, "PipeReader",
                            {Class::InstanceMethod<&PipeReader::Control<&PipeWatch::Pause>>("pause"),
                             Class::InstanceMethod<&PipeReader::Control<&PipeWatch::Resume>>("resume"),
                             Class::InstanceMethod<&PipeReader::Control<&PipeWatch::Unref>>("unref"),
                             Class::InstanceMethod<&PipeReader::Control<&PipeWatch::Close>>("close")});
}

}  // namespace otto::addon
