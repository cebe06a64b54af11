#include "addon/hash_object.h"

#include <cerrno>

#include "addon/convert.h"

namespace otto::addon {

Napi::Function Hash::Class(Napi::Env env) {
  return DefineClass(env, "Hash", {InstanceMethod<&Hash::Update>("update"), InstanceMethod<&Hash::Digest>("digest")});
}

Hash::Hash(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Hash>(info), hash_(RunningHash::New()) {
  if (hash_ == nullptr) Throw(info.Env(), Status::FromErrno("get memory for", "a hash", ENOMEM));
}

void Hash::Update(const Napi::CallbackInfo& info) {
  Bytes data;
  if (const Status status = ReadBytes(info.Env(), info[0], &data); !status.ok()) {
    Throw(info.Env(), status);
    return;
  }
  hash_->Feed(data);
}

Napi::Value Hash::Digest(const Napi::CallbackInfo& info) {
  char hex[kHexDigits + 1];
  hash_->WriteHex(hex);
  return Napi::String::New(info.Env(), hex);
}

}  // namespace otto::addon
