// The addon's exports: the interface Native of src/data/native.ts, and `noop`, an empty call that benchmarks compare
// with.
#include <napi.h>

#include <string>
#include <utility>

#include "addon/convert.h"
#include "addon/copy_and_hash.h"
#include "addon/environment.h"
#include "addon/mapped_view.h"
#include "addon/process.h"
#include "addon/region_object.h"
#include "addon/run_object.h"
#include "core/checksum.h"
#include "core/layout.h"
#include "core/reaper.h"
#include "posix/pipe.h"
#include "posix/spawn_process.h"

namespace otto::addon {

bool TextArgument(const Napi::CallbackInfo& info, std::size_t index, std::string* out) {
  const Napi::Value value = info[index];
  if (value.IsString()) *out = value.As<Napi::String>().Utf8Value();
  if (value.IsString() ? out->find('\0') == std::string::npos : value.IsUndefined()) return true;
  Throw(info.Env(), Status::Usage("an argument must be a string without NUL", "call"));
  return false;
}

namespace {

Napi::Value CreateRun(const Napi::CallbackInfo& info) {
  std::string run;
  std::string root;
  if (!TextArgument(info, 0, &run) || !TextArgument(info, 1, &root)) return info.Env().Undefined();
  RunDirectory directory;
  if (Status status = RunDirectory::Create({.root = root, .run = run}, &directory); !status.ok()) {
    Throw(info.Env(), status);
    return info.Env().Undefined();
  }
  return RunObject::New(info, std::move(directory));
}

Napi::Value OpenRegion(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::string directory;
  if (!TextArgument(info, 0, &directory)) return env.Undefined();
  Region region;
  if (Status status = Region::Attach(directory.c_str(), Access::kWrite, &region); !status.ok()) {
    Throw(env, status);
    return env.Undefined();
  }
  return {env, NewRegion(env, Environment::Of(env).region_class.Value(), std::move(region))};
}

// Gathers what a sweep tells into a SweepReport.
struct Report {
  Napi::Env env;
  Napi::Array runs = Napi::Array::New(env);
  Napi::Array problems = Napi::Array::New(env);
  double freed_bytes = 0;

  static void Removed(void* context, const SweptRun& run) {
    auto* report = static_cast<Report*>(context);
    report->runs[report->runs.Length()] = Napi::String::New(report->env, run.run.data(), run.run.size());
    report->freed_bytes += static_cast<double>(run.freed_bytes);
  }

  static void Problem(void* context, const Status& status) {
    auto* report = static_cast<Report*>(context);
    char reason[1024];
    const std::size_t length = status.Describe(reason, sizeof reason);
    auto problem = Napi::Object::New(report->env);
    problem["path"] = Napi::String::New(report->env, status.subject());
    problem["reason"] = Napi::String::New(report->env, reason, length);
    report->problems[report->problems.Length()] = problem;
  }
};

Napi::Value SweepRoot(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::string root;
  if (!TextArgument(info, 0, &root)) return env.Undefined();
  Report report{env};
  if (Status status = Sweep(root, {&report, Report::Removed, Report::Problem}); !status.ok()) {
    Throw(env, status);
    return env.Undefined();
  }
  auto result = Napi::Object::New(env);
  result["removedRuns"] = report.runs;
  result["freedBytes"] = Napi::Number::New(env, report.freed_bytes);
  result["problems"] = report.problems;
  return result;
}

Napi::Value Xxh128(const Napi::CallbackInfo& info) {
  Bytes data;
  if (Status status = ReadBytes(info.Env(), info[0], &data); !status.ok()) {
    Throw(info.Env(), status);
    return info.Env().Undefined();
  }
  return Napi::String::New(info.Env(), DigestOf(data).xxh128);
}

Napi::Value OpenPipe(const Napi::CallbackInfo& info) {
  posix::PipeEnds ends;
  if (Status status = posix::OpenPipe(&ends); !status.ok()) {
    Throw(info.Env(), status);
    return info.Env().Undefined();
  }
  auto result = Napi::Object::New(info.Env());
  result["reader"] = Napi::Number::New(info.Env(), ends.reader);
  result["writer"] = Napi::Number::New(info.Env(), ends.writer);
  return result;
}

napi_value Noop(napi_env, napi_callback_info) {
  return nullptr;
}

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  auto* environment = new Environment;
  environment->region_class = Napi::Persistent(Napi::Function(env, DefineRegionClass(env)));
  environment->run_class = Napi::Persistent(RunObject::Define(env));
  env.SetInstanceData(environment);
  napi_value noop = nullptr;
  napi_create_function(env, "noop", NAPI_AUTO_LENGTH, Noop, nullptr, &noop);
  napi_value map_file = nullptr;
  napi_create_function(env, "mapFile", NAPI_AUTO_LENGTH, MapFile, nullptr, &map_file);
  exports["version"] = std::to_string(kMajor) + "." + std::to_string(kMinor);
  exports["createRun"] = Napi::Function::New<CreateRun>(env, "createRun");
  exports["openRegion"] = Napi::Function::New<OpenRegion>(env, "openRegion");
  exports["sweep"] = Napi::Function::New<SweepRoot>(env, "sweep");
  exports["copyAndHash"] = Napi::Function::New<CopyAndHashAsync>(env, "copyAndHash");
  exports["xxh128"] = Napi::Function::New<Xxh128>(env, "xxh128");
  exports["openPipe"] = Napi::Function::New<OpenPipe>(env, "openPipe");
  exports["mapFile"] = map_file;
  if (posix::CanSpawnProcesses()) exports["spawn"] = Napi::Function::New<Spawn>(env, "spawn");
  exports["noop"] = noop;
  return exports;
}

}  // namespace

NODE_API_MODULE(otto, Initialize)

}  // namespace otto::addon
