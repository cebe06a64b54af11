#include "addon/streams.h"

#include <string>

#include "addon/convert.h"
#include "addon/environment.h"
#include "addon/hash_object.h"
#include "addon/relay_object.h"
#include "addon/watch_object.h"
#include "posix/fifo.h"
#include "posix/pipe_relay.h"

namespace otto::addon {

namespace {

void MakeFifo(const Napi::CallbackInfo& info) {
  std::string path;
  if (!TextArgument(info, {0, "the path"}, &path)) return;
  if (const Status status = posix::MakeFifo(path.c_str()); !status.ok()) Throw(info.Env(), status);
}

int DescriptorAt(const Napi::CallbackInfo& info, std::size_t index) {
  return info[index].IsNumber() ? info[index].As<Napi::Number>().Int32Value() : -1;
}

void Widen(const Napi::CallbackInfo& info) {
  posix::WidenPipe(DescriptorAt(info, 0));
}

}  // namespace

Napi::Object StreamParts(Napi::Env env) {
  auto parts = Napi::Object::New(env);
  parts["makeFifo"] = Napi::Function::New<MakeFifo>(env, "makeFifo");
  parts["widen"] = Napi::Function::New<Widen>(env, "widen");
  parts["Watch"] = WatchClass(env);
  if (posix::CanRelay()) parts["Relay"] = RelayClass(env);
  parts["Hash"] = Hash::Class(env);
  return parts;
}

}  // namespace otto::addon
