// A Uint8Array over mapped memory, which its ArrayBuffer's finalizer unmaps, and nothing else.
#pragma once

#include <node_api.h>

#include <cstdint>

#include "posix/mapping.h"

namespace otto::addon {

// A Uint8Array over the whole ArrayBuffer of that many bytes.
napi_value NewView(napi_env env, napi_value buffer, std::uint64_t bytes);

// A view over the mapping itself, which it takes over. An embedder may allow no foreign memory (Electron), and an empty
// mapping has none: nullptr then, without an exception, and the mapping stays the caller's.
napi_value ExternalView(napi_env env, posix::Mapping* mapping);

// A view over a copy. Throws and returns nullptr on failure.
napi_value CopiedView(napi_env env, const posix::Mapping& mapping);

// mapFile(path): the file's bytes.
napi_value MapFile(napi_env env, napi_callback_info info);

}  // namespace otto::addon
