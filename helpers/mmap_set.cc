// otto-mmap-set: sets a value of the task that calls it, in the shared memory of a run with --fast.
#include "arguments.h"
#include "move_bytes.h"
#include "posix/stream.h"
#include "session.h"

namespace otto::helpers {
namespace {

constexpr std::string_view kProgram = "otto-mmap-set";
constexpr std::string_view kHelp =
    "usage: otto-mmap-set [--] [TASK] KEY [VALUE|-]\n"
    "\n"
    "Sets the value of KEY of the task that calls it, in a run with --fast.\n"
    "  otto-mmap-set KEY              the value is all of standard input\n"
    "  otto-mmap-set KEY VALUE        the value is VALUE; \"-\" is standard input\n"
    "  otto-mmap-set TASK KEY VALUE   the same; TASK must be the calling task\n"
    "The bytes are kept exactly: no newline is added or taken away.\n"
    "\n"
    "Exit code: 0 done, 2 wrong usage, 3 no space (the old value is intact),\n"
    "           4 the shared memory is damaged, foreign or of another version, 1 other failures.\n"
    "otto.set does the same in every run, with --fast or without.\n";

struct Request {
  std::string_view task;  // empty: the caller's own
  std::string_view key;
  std::string_view value = "-";
};

// False: a wrong number of words.
bool ReadRequest(std::span<char*> words, Request* request) {
  if (words.empty() || words.size() > 3) return false;
  if (words.size() == 3) request->task = words[0];
  request->key = words[words.size() == 3 ? 1 : 0];
  if (words.size() > 1) request->value = words.back();
  return true;
}

int SetValue(const Session& session, const Request& request) {
  const Text directory = TaskDirectory(session, session.task);
  Region region;
  Status status = Region::Attach(directory.c_str(), Access::kWriteOnce, &region);
  if (!status.ok()) return ComplainOf(kProgram, status);
  // Asked before standard input is read: a value that cannot be set should not be waited for.
  status = region.CheckSettable(request.key);
  if (!status.ok()) return ComplainOf(kProgram, status);
  status = request.value == "-" ? SetFromInput(&region, request.key)
                                : region.Set({request.key, ValueType::kRaw, AsBytes(request.value)});
  return status.ok() ? kSuccess : ComplainOf(kProgram, status);
}

int Main(int argc, char** argv) {
  const CommandLine line = ParseArguments(argc, argv);
  int exit_code = kSuccess;
  if (Answered(line, {kProgram, kHelp}, &exit_code)) return exit_code;
  Session session;
  exit_code = OpenSession(kProgram, "otto.set", &session);
  if (exit_code != kSuccess) return exit_code;
  Request request;
  if (!ReadRequest(line.words, &request)) {
    return Complain(kProgram, kUsage, {"give [TASK] KEY [VALUE|-]; otto-mmap-set --help tells more"});
  }
  if (!request.task.empty() && request.task != session.task) {
    return Complain(kProgram, kUsage,
                    {"a task sets only its own values: this is \"", session.task, "\", not \"", request.task, "\""});
  }
  posix::IgnoreFileSizeSignal();
  return SetValue(session, request);
}

}  // namespace
}  // namespace otto::helpers

int main(int argc, char** argv) {
  return otto::helpers::Main(argc, argv);
}
