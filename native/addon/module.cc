// The addon's exports: the interface Native of src/data/native.ts, and `noop`, an empty call that benchmarks compare
// with.
#include <napi.h>

#include <cerrno>
#include <string>
#include <utility>

#include "addon/convert.h"
#include "addon/copy_and_hash.h"
#include "addon/environment.h"
#include "addon/mapped_view.h"
#include "addon/pipe_reader.h"
#include "addon/process.h"
#include "addon/region_object.h"
#include "addon/run_object.h"
#include "addon/streams.h"
#include "core/check.h"
#include "core/checksum.h"
#include "core/layout.h"
#include "core/reaper.h"
#include "posix/directory.h"
#include "posix/orphans.h"
#include "posix/pipe.h"
#include "posix/socket.h"
#include "posix/spawn_process.h"

namespace otto::addon {

Status ReadText(const Napi::Value& from, const char* name, std::string* out) {
  if (from.IsString()) *out = from.As<Napi::String>().Utf8Value();
  if (from.IsString() && out->find('\0') == std::string::npos) return {};
  return Status::Usage("it must be a string without NUL", name);
}

Status ReadOptionalText(const Napi::Value& from, const char* name, std::string* out) {
  return from.IsUndefined() ? Status() : ReadText(from, name, out);
}

bool TextArgument(const Napi::CallbackInfo& info, const Argument& argument, std::string* out) {
  const Status status = ReadText(info[argument.index], argument.name, out);
  if (!status.ok()) Throw(info.Env(), status);
  return status.ok();
}

namespace {

// What RunDirectory::Plan points to.
struct RunArguments {
  std::string run;
  std::string root;
  std::string spill_root;
  std::uint64_t budget_bytes = ~std::uint64_t{0};

  Status Read(const Napi::CallbackInfo& info) {
    if (Status status = ReadText(info[0], "the run's name", &run); !status.ok()) return status;
    if (info[1].IsUndefined()) return {};
    if (!info[1].IsObject()) return Status::Usage("the options must be an object", "createRun");
    const auto options = info[1].As<Napi::Object>();
    const Napi::Value budget = options.Get("budgetBytes");
    Status status = ReadOptionalText(options.Get("root"), "root", &root);
    if (status.ok()) status = ReadOptionalText(options.Get("spillRoot"), "spillRoot", &spill_root);
    const bool has_budget = status.ok() && !budget.IsUndefined();
    if (has_budget) status = ReadCount(info.Env(), {budget, "budgetBytes"}, &budget_bytes);
    return status;
  }
};

Status NameIsTaken(const std::string& path) {
  const char* detail = "a run of this name is there already";
  return Status({StatusCode::kIo, "create", path, EEXIST, detail});
}

// Who names a directory that is not there hears that, not what is wrong with the one above it.
Status OfDirectory(const std::string& directory, Status&& status) {
  const posix::At at{posix::kWorkingDirectory, directory.c_str(), directory.c_str()};
  if (status.code() != StatusCode::kForeign || posix::ExistsAt(at)) return std::move(status);
  return Status::FromErrno("open", directory, ENOENT);
}

Napi::Value CreateRun(const Napi::CallbackInfo& info) {
  RunArguments arguments;
  RunDirectory directory;
  Status status = arguments.Read(info);
  if (info.Env().IsExceptionPending()) return info.Env().Undefined();
  if (status.ok()) {
    const auto& [run, root, spill_root, budget_bytes] = arguments;
    status = RunDirectory::Create({root, run, spill_root, budget_bytes}, &directory);
    if (status.error_number() == EEXIST) status = NameIsTaken(status.subject());
  }
  if (status.ok()) return RunObject::New(info, std::move(directory));
  Throw(info.Env(), status);
  return info.Env().Undefined();
}

Napi::Value OpenRegion(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::string directory;
  if (!TextArgument(info, {0, "the directory"}, &directory)) return env.Undefined();
  Region region;
  if (Status status = Region::Attach(directory.c_str(), Access::kWrite, &region); !status.ok()) {
    Throw(env, OfDirectory(directory, std::move(status)));
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
  if (!info[0].IsUndefined() && !TextArgument(info, {0, "the root"}, &root)) return env.Undefined();
  const bool looks = info[1].IsObject() && info[1].As<Napi::Object>().Get("dryRun").ToBoolean();
  const SweepMode mode = looks ? SweepMode::kLook : SweepMode::kRemove;
  Report report{env};
  if (Status status = Sweep(root, {&report, Report::Removed, Report::Problem}, mode); !status.ok()) {
    Throw(env, status);
    return env.Undefined();
  }
  auto result = Napi::Object::New(env);
  result["removedRuns"] = report.runs;
  result["freedBytes"] = Napi::Number::New(env, report.freed_bytes);
  result["problems"] = report.problems;
  return result;
}

Napi::Value CheckRegionIn(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::string directory;
  CheckReport report;
  if (!TextArgument(info, {0, "the directory"}, &directory)) return env.Undefined();
  if (Status status = CheckRegion(directory.c_str(), &report); !status.ok()) {
    Throw(env, OfDirectory(directory, std::move(status)));
    return env.Undefined();
  }
  const struct {
    const char* name;
    std::uint64_t count;
  } counts[] = {
      {"keys", report.keys},
      {"valueBytes", report.value_bytes},
      {"valueFiles", report.value_files},
      {"spilledBytes", report.spilled_bytes},
      {"regionBytes", report.region_bytes},
      {"unusedBytes", report.unused_bytes},
      {"strayFiles", report.stray_files},
  };
  auto result = Napi::Object::New(env);
  for (const auto& [name, count] : counts) result[name] = Napi::Number::New(env, static_cast<double>(count));
  result["sealed"] = Napi::Boolean::New(env, report.sealed);
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

void Remove(const Napi::CallbackInfo& info) {
  std::string path;
  if (!TextArgument(info, {0, "the path"}, &path)) return;
  const Status status = posix::RemoveAnyAt({posix::kWorkingDirectory, path.c_str(), path.c_str()});
  if (!status.ok()) Throw(info.Env(), status);
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

void OnRegion(const Napi::CallbackInfo& info) {
  if (info[0].IsFunction()) {
    Environment::Of(info.Env()).on_region = Napi::Persistent(info[0].As<Napi::Function>());
  } else {
    Throw(info.Env(), Status::Usage("it must be a function", "onRegion's argument"));
  }
}

Napi::Value WriteNow(const Napi::CallbackInfo& info) {
  Bytes bytes;
  const Status status =
      info[0].IsNumber() ? ReadBytes(info.Env(), info[1], &bytes) : Status::Usage("it takes a descriptor", "writeNow");
  if (!status.ok()) return {info.Env(), Throw(info.Env(), status)};
  const std::size_t written = posix::WriteNow(info[0].As<Napi::Number>().Int32Value(), bytes);
  return Napi::Number::New(info.Env(), static_cast<double>(written));
}

Napi::Value IsTerminal(const Napi::CallbackInfo& info) {
  const bool is = info[0].IsNumber() && posix::IsTerminal(info[0].As<Napi::Number>().Int32Value());
  return Napi::Boolean::New(info.Env(), is);
}

// The caller closes it.
Napi::Value ConnectUnix(const Napi::CallbackInfo& info) {
  std::string path;
  if (!TextArgument(info, {0, "the path"}, &path)) return info.Env().Undefined();
  posix::Descriptor socket;
  if (Status status = posix::ConnectUnix(path.c_str(), &socket); !status.ok())
    return {info.Env(), Throw(info.Env(), status)};
  return Napi::Number::New(info.Env(), socket.Release());
}

Napi::Value PeerUid(const Napi::CallbackInfo& info) {
  unsigned user = 0;
  const Status status = info[0].IsNumber() ? posix::PeerUser(info[0].As<Napi::Number>().Int32Value(), &user)
                                           : Status::Usage("it takes a descriptor", "peerUid");
  if (!status.ok()) return {info.Env(), Throw(info.Env(), status)};
  return Napi::Number::New(info.Env(), user);
}

Napi::Value PeerPid(const Napi::CallbackInfo& info) {
  int pid = 0;
  const Status status = info[0].IsNumber() ? posix::PeerProcess(info[0].As<Napi::Number>().Int32Value(), &pid)
                                           : Status::Usage("it takes a descriptor", "peerPid");
  if (!status.ok()) return {info.Env(), Throw(info.Env(), status)};
  return Napi::Number::New(info.Env(), pid);
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
  napi_value numbered_methods = nullptr;
  napi_create_function(env, "numberedMethods", NAPI_AUTO_LENGTH, NumberedMethods, nullptr, &numbered_methods);
  napi_value map_file = nullptr;
  napi_create_function(env, "mapFile", NAPI_AUTO_LENGTH, MapFile, nullptr, &map_file);
  exports["version"] = std::to_string(kMajor) + "." + std::to_string(kMinor);
  exports["createRun"] = Napi::Function::New<CreateRun>(env, "createRun");
  exports["openRegion"] = Napi::Function::New<OpenRegion>(env, "openRegion");
  exports["checkRegion"] = Napi::Function::New<CheckRegionIn>(env, "checkRegion");
  exports["sweep"] = Napi::Function::New<SweepRoot>(env, "sweep");
  exports["copyAndHash"] = Napi::Function::New<CopyAndHashAsync>(env, "copyAndHash");
  exports["xxh128"] = Napi::Function::New<Xxh128>(env, "xxh128");
  exports["remove"] = Napi::Function::New<Remove>(env, "remove");
  exports["openPipe"] = Napi::Function::New<OpenPipe>(env, "openPipe");
  exports["PipeReader"] = DefinePipeReader(env);
  exports["writeNow"] = Napi::Function::New<WriteNow>(env, "writeNow");
  exports["isTerminal"] = Napi::Function::New<IsTerminal>(env, "isTerminal");
  exports["connectUnix"] = Napi::Function::New<ConnectUnix>(env, "connectUnix");
  exports["peerUid"] = Napi::Function::New<PeerUid>(env, "peerUid");
  exports["peerPid"] = Napi::Function::New<PeerPid>(env, "peerPid");
  exports["mapFile"] = map_file;
  exports["onRegion"] = Napi::Function::New<OnRegion>(env, "onRegion");
  exports["numberedMethods"] = numbered_methods;
  if (posix::CanSpawnProcesses()) exports["spawn"] = Napi::Function::New<Spawn>(env, "spawn");
  if (posix::CanAdoptOrphans()) exports["orphans"] = OrphanFunctions(env);
  exports["streams"] = StreamParts(env);
  exports["noop"] = noop;
  return exports;
}

}  // namespace

NODE_API_MODULE(otto, Initialize)

}  // namespace otto::addon
