// RunObject: the C++ side of a JavaScript `ShmRun` (src/data/native.ts).
//
// Threads: that of its environment. Owns: the run's directory and its lock, until remove(). When the object is
// collected first, only the lock goes: the next sweep removes the directory.
#pragma once

#include <napi.h>

#include "core/run_directory.h"

namespace otto::addon {

class RunObject : public Napi::ObjectWrap<RunObject> {
 public:
  static Napi::Function Define(Napi::Env env);
  static Napi::Value New(const Napi::CallbackInfo& info, RunDirectory&& run);

  explicit RunObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RunObject>(info) {}

 private:
  Napi::Value Directory(const Napi::CallbackInfo& info);
  Napi::Value SpillDirectory(const Napi::CallbackInfo& info);
  Napi::Value CreateTask(const Napi::CallbackInfo& info);
  void RemoveTask(const Napi::CallbackInfo& info);
  void Remove(const Napi::CallbackInfo& info);

  RunDirectory run_;
  bool removed_ = false;
};

}  // namespace otto::addon
