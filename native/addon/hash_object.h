// Hash of NativeStreams (src/data/native.ts): XXH3-128 of what comes piece by piece.
//
// Threads: that of its environment; while a relay feeds `hash()`, nobody else touches it.
#pragma once

#include <napi.h>

#include "core/running_hash.h"

namespace otto::addon {

class Hash : public Napi::ObjectWrap<Hash> {
 public:
  static Napi::Function Class(Napi::Env env);

  explicit Hash(const Napi::CallbackInfo& info);
  ~Hash() { RunningHash::Delete(hash_); }

  void Update(const Napi::CallbackInfo& info);
  Napi::Value Digest(const Napi::CallbackInfo& info);

  RunningHash* hash() { return hash_; }

 private:
  RunningHash* hash_;
};

}  // namespace otto::addon
