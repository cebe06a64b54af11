// NativeStreams of src/data/native.ts: what pumping streams between tasks needs of the system.
//
// Threads: that of its environment.
#pragma once

#include <napi.h>

namespace otto::addon {

Napi::Object StreamParts(Napi::Env env);

}  // namespace otto::addon
