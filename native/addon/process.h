// spawn(program, onExit) and `orphans` of src/data/native.ts.
//
// Threads: that of its environment. A running child keeps its environment's event loop alive, as one of Node's own
// does; when the environment ends first, nobody hears of the child's end.
#pragma once

#include <napi.h>

namespace otto::addon {

Napi::Value Spawn(const Napi::CallbackInfo& info);
Napi::Object OrphanFunctions(Napi::Env env);

}  // namespace otto::addon
