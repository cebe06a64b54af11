#include "addon/copy_and_hash.h"

#include <optional>
#include <string>
#include <utility>

#include "addon/convert.h"
#include "addon/environment.h"
#include "core/checksum.h"

namespace otto::addon {

namespace {

class CopyWork : public Napi::AsyncWorker {
 public:
  struct Paths {
    std::string from;
    std::optional<std::string> to;
    std::optional<double> object_bytes;  // `from` is a stub, and this the length of its value
  };

  CopyWork(Napi::Env env, Paths paths)
      : Napi::AsyncWorker(env), paths_(std::move(paths)), promise_(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise promise() const { return promise_.Promise(); }

  void Execute() override {
    const char* to = paths_.to ? paths_.to->c_str() : nullptr;
    status_ =
        paths_.object_bytes
            ? CopyObjectAndHash({paths_.from.c_str(), static_cast<std::uint64_t>(*paths_.object_bytes), to}, &digest_)
            : CopyAndHash(paths_.from.c_str(), to, &digest_);
  }

  void OnOK() override {
    const Napi::Env env = Env();
    if (!status_.ok()) {
      promise_.Reject(ErrorOf(env, status_));
      return;
    }
    auto result = Napi::Object::New(env);
    result["xxh128"] = Napi::String::New(env, digest_.xxh128);
    result["bytes"] = Napi::Number::New(env, static_cast<double>(digest_.bytes));
    result["utf8"] = Napi::Boolean::New(env, digest_.utf8);
    promise_.Resolve(result);
  }

 private:
  Paths paths_;
  Napi::Promise::Deferred promise_;
  Status status_;
  Digest digest_;
};

}  // namespace

Napi::Value CopyAndHashAsync(const Napi::CallbackInfo& info) {
  CopyWork::Paths paths;
  if (!TextArgument(info, {0, "the path"}, &paths.from)) return info.Env().Undefined();
  if (!info[1].IsNull()) {
    paths.to.emplace();
    if (!TextArgument(info, {1, "the copy's path"}, &*paths.to)) return info.Env().Undefined();
  }
  if (info[2].IsNumber()) paths.object_bytes = info[2].As<Napi::Number>().DoubleValue();
  auto* work = new CopyWork(info.Env(), std::move(paths));  // deletes itself when it is done
  const Napi::Promise promise = work->promise();
  work->Queue();
  return promise;
}

}  // namespace otto::addon
