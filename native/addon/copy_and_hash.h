// copyAndHash(from, to): CopyAndHash on a thread of libuv's pool, as a promise.
#pragma once

#include <napi.h>

namespace otto::addon {

Napi::Value CopyAndHashAsync(const Napi::CallbackInfo& info);

}  // namespace otto::addon
