// otto-mmap-get: writes a value of a task to standard output, from the shared memory of a run with --fast.
#include <cerrno>

#include "arguments.h"
#include "move_bytes.h"
#include "session.h"

namespace otto::helpers {
namespace {

constexpr std::string_view kProgram = "otto-mmap-get";
constexpr std::string_view kHelp =
    "usage: otto-mmap-get [--] TASK KEY\n"
    "\n"
    "Writes the value that TASK has set for KEY to standard output, in a run with --fast: exactly its bytes, no "
    "newline\n"
    "added. TASK is the calling task or one that it depends on.\n"
    "\n"
    "Exit code: 0 done, 1 TASK has no such key (the message names those it has) or other failures, 2 wrong usage,\n"
    "           4 the shared memory is damaged, foreign or of another version.\n"
    "otto.get does the same in every run, with --fast or without.\n";

constexpr std::size_t kMaxKeysNamed = 12;

struct Request {
  std::string_view task;
  std::string_view key;
};

int ComplainOfMissingKey(const Region& region, const Request& request) {
  GrowableArray<Entry> entries;
  Status listed = region.List(&entries);
  if (!listed.ok()) return ComplainOf(kProgram, listed);
  if (entries.size() == 0) {
    return Complain(kProgram, kMissing,
                    {"task \"", request.task, "\" has set no values, so no key \"", request.key, "\""});
  }
  Text keys;
  for (std::size_t i = 0; i < entries.size() && i < kMaxKeysNamed; ++i) {
    const Text separated(keys.view(), i == 0 ? "" : ", ");
    keys = Text(separated.view(), entries[i].key);
  }
  const char* more = entries.size() > kMaxKeysNamed ? ", ..." : "";
  return Complain(kProgram, kMissing,
                  {"task \"", request.task, "\" has no key \"", request.key, "\"; it has: ", keys.view(), more});
}

// A pipe whose reader has gone is no news to anybody: cat is as quiet about it.
int SendResult(const Status& sent) {
  if (sent.ok()) return kSuccess;
  return sent.error_number() == EPIPE ? kMissing : ComplainOf(kProgram, sent);
}

int GetValue(const Session& session, const Request& request) {
  const Text directory = TaskDirectory(session, request.task);
  Region region;
  Status status = Region::Attach(directory.c_str(), Access::kRead, &region);
  if (status.error_number() == ENOENT) {
    return Complain(kProgram, kMissing, {"task \"", request.task, "\" has no values in shared memory"});
  }
  if (!status.ok()) return ComplainOf(kProgram, status);
  Value value;
  status = region.Get(request.key, &value);
  if (!status.ok()) return ComplainOf(kProgram, status);
  return value.found ? SendResult(SendToOutput(region, value)) : ComplainOfMissingKey(region, request);
}

int Main(int argc, char** argv) {
  const CommandLine line = ParseArguments(argc, argv);
  int exit_code = kSuccess;
  if (Answered(line, {kProgram, kHelp}, &exit_code)) return exit_code;
  Session session;
  exit_code = OpenSession(kProgram, "otto.get", &session);
  if (exit_code != kSuccess) return exit_code;
  if (line.words.size() != 2) {
    return Complain(kProgram, kUsage, {"give TASK KEY; otto-mmap-get --help tells more"});
  }
  const Request request{line.words[0], line.words[1]};
  bool allowed = false;
  Status looked = MayRead(session, request.task, &allowed);
  if (!looked.ok()) return ComplainOf(kProgram, looked);
  if (!allowed) {
    return Complain(kProgram, kUsage,
                    {"task \"", session.task, "\" does not depend on \"", request.task, "\"; add it to its `before`"});
  }
  return GetValue(session, request);
}

}  // namespace
}  // namespace otto::helpers

int main(int argc, char** argv) {
  return otto::helpers::Main(argc, argv);
}
