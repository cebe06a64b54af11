// What the addon keeps for each environment (the main thread and every worker load it anew): the classes of the objects
// that it makes, and who wants to see every new Region. There is no other state.
#pragma once

#include <napi.h>

#include <string>

#include "base/status.h"

namespace otto::addon {

struct Environment {
  Napi::FunctionReference region_class;
  Napi::FunctionReference run_class;
  Napi::FunctionReference on_region;

  static Environment& Of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }
};

// A text without NUL; *out stays as it is when the value is undefined. kUsage for anything else.
Status ReadText(const Napi::Value& from, std::string* out);
// The argument as text; "" when it is undefined. Throws kUsage and gives false for anything else.
bool TextArgument(const Napi::CallbackInfo& info, std::size_t index, std::string* out);

}  // namespace otto::addon
