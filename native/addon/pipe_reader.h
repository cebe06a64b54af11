// PipeReader of src/data/native.ts: the bytes of a pipe, as they come.
//
// Threads: that of its environment. An open reader keeps its environment's event loop alive until `unref`.
// Owns: the descriptor, which it closes at the end of the pipe, in `close` and when the environment ends.
#pragma once

#include <napi.h>

namespace otto::addon {

Napi::Function DefinePipeReader(Napi::Env env);

}  // namespace otto::addon
