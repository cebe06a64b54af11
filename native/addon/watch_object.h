// Watch of NativeStreams (src/data/native.ts): tells JavaScript that a pipe can be read or written.
//
// Threads: that of its environment.
#pragma once

#include <napi.h>

namespace otto::addon {

Napi::Function WatchClass(Napi::Env env);

}  // namespace otto::addon
