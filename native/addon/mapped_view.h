// A Uint8Array over mapped memory, which its ArrayBuffer's finalizer unmaps, and nothing else.
#pragma once

#include <node_api.h>

#include <cstdint>

#include "posix/mapping.h"

namespace otto::addon {

// A Uint8Array over the whole ArrayBuffer of that many bytes.
napi_value NewView(napi_env env, napi_value buffer, std::uint64_t bytes);

// Takes the mapping over. An embedder that allows no foreign memory (Electron) gets a copy. Throws and returns nullptr
// on failure.
napi_value ViewOf(napi_env env, posix::Mapping mapping);

// mapFile(path): the file's bytes.
napi_value MapFile(napi_env env, napi_callback_info info);

}  // namespace otto::addon
