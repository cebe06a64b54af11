// Relay of NativeStreams (src/data/native.ts): a core Relay whose end the event loop is told of.
//
// Threads: that of its environment; the relay itself has one of its own.
#pragma once

#include <napi.h>

namespace otto::addon {

Napi::Function RelayClass(Napi::Env env);

}  // namespace otto::addon
