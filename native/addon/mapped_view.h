// A Uint8Array over mapped memory, which its ArrayBuffer's finalizer unmaps, and nothing else.
#pragma once

#include <node_api.h>

#include "posix/mapping.h"

namespace otto::addon {

// Takes the mapping over. An embedder that allows no foreign memory (Electron) gets a copy. Throws and returns nullptr
// on failure.
napi_value ViewOf(napi_env env, posix::Mapping mapping);

// mapFile(path): the file's bytes.
napi_value MapFile(napi_env env, napi_callback_info info);

}  // namespace otto::addon
