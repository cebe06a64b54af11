// What the addon keeps for each environment (the main thread and every worker load it anew): the classes of the objects
// that it makes, and who wants to see every new Region. There is no other state.
#pragma once

#include <napi.h>

#include <cstddef>
#include <string>

#include "base/status.h"

namespace otto::addon {

struct Environment {
  Napi::FunctionReference region_class;
  Napi::FunctionReference run_class;
  Napi::FunctionReference on_region;

  static Environment& Of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }
};

// A text without NUL. kUsage for anything else, which the message calls `name`.
Status ReadText(const Napi::Value& from, const char* name, std::string* out);
// The same; *out stays as it is when the value is undefined.
Status ReadOptionalText(const Napi::Value& from, const char* name, std::string* out);

struct Argument {
  std::size_t index;
  const char* name;  // for messages
};
// The argument as ReadText gives it. False: an exception is pending.
bool TextArgument(const Napi::CallbackInfo& info, const Argument& argument, std::string* out);

}  // namespace otto::addon
