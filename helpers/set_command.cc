#include <cerrno>

#include "arguments.h"
#include "attached.h"
#include "commands.h"
#include "forward_input.h"
#include "move_bytes.h"

namespace otto::helpers {
namespace {

constexpr std::string_view kProgram = "otto-mmap-set";
constexpr std::string_view kHelp =
    "usage: otto-mmap-set [--] [TASK] KEY [VALUE|-]\n"
    "       otto-mmap-set --from TASK SOURCE_KEY [KEY]\n"
    "       otto-mmap-set -A ARRAY\n"
    "\n"
    "Sets the value of KEY of the task that calls it, in a run with --fast.\n"
    "  otto-mmap-set KEY              the value is all of standard input\n"
    "  otto-mmap-set KEY VALUE        the value is VALUE; \"-\" is standard input\n"
    "  otto-mmap-set TASK KEY VALUE   the same; TASK must be the calling task\n"
    "  --from TASK SOURCE_KEY [KEY]   the value is that of TASK, with its type; a large one is not copied. KEY is\n"
    "                                 SOURCE_KEY when it is not given\n"
    "  -A ARRAY                       (bash builtin only) sets every element of the associative array\n"
    "The bytes are kept exactly: no newline is added or taken away.\n"
    "\n"
    "Exit code: 0 done, 2 wrong usage, 3 no space (the old value is intact),\n"
    "           4 the shared memory is damaged, foreign or of another version, 1 other failures.\n"
    "otto.set does the same in every run, with --fast or without.\n";
constexpr Manual kManual{kProgram, kHelp, "", "-A", "--from"};

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

Status SetWord(Attached* attached, const Request& request, Region** region) {
  Status status = attached->Own(region);
  return status.ok() ? (*region)->Set({request.key, ValueType::kRaw, AsBytes(request.value)})
                     : static_cast<Status&&>(status);
}

int SetValue(Attached* attached, const Request& request) {
  Region* region = nullptr;
  Status status;
  if (request.value == "-") {
    status = attached->Own(&region);
    // Asked before standard input is read: a value that cannot be set should not be waited for.
    if (status.ok()) status = region->CheckSettable(request.key);
    bool forwarded = false;
    if (status.ok()) status = ForwardInput(attached, request.key, &forwarded);
    if (status.ok() && !forwarded) status = SetFromInput(region, request.key);
  } else {
    status = SetWord(attached, request, &region);
    // A script may close the descriptors that its shell has kept.
    if (status.error_number() == EBADF && attached->Forget()) status = SetWord(attached, request, &region);
  }
  return status.ok() ? kSuccess : ComplainOfSet(kProgram, status, *region);
}

int SetFromWords(const Host& host, const Session& session, const CommandLine& line) {
  Request request;
  if (!ReadRequest(line.words, &request)) {
    return Complain(kProgram, kUsage, {"give [TASK] KEY [VALUE|-]; otto-mmap-set --help tells more"});
  }
  if (!request.task.empty() && request.task != session.task) {
    return Complain(kProgram, kUsage,
                    {"a task sets only its own values: this is \"", session.task, "\", not \"", request.task,
                     "\"; --from ", request.task, " takes one over"});
  }
  return SetValue(host.attached, request);
}

int Forward(const Host& host, const Session& session, const CommandLine& line) {
  const std::span<char*> words = line.words;
  if (words.size() < 2 || words.size() > 3) {
    return Complain(kProgram, kUsage, {"give --from TASK SOURCE_KEY [KEY]; otto-mmap-set --help tells more"});
  }
  Region* own = nullptr;
  Status status = host.attached->Own(&own);
  if (status.ok()) status = own->CheckSettable(words.back());
  if (!status.ok()) return ComplainOf(kProgram, status);
  Region* source = nullptr;
  Value value;
  const int exit_code = Find(session, host.attached, {words[0], words[1]}, &source, &value);
  if (exit_code != kSuccess) return exit_code;
  status = own->Forward({words.back(), *source, words[1]});
  return status.ok() ? kSuccess : ComplainOfSet(kProgram, status, *own);
}

int StoreArray(const Host& host, const Session& session, const CommandLine& line) {
  if (host.shell == nullptr || !line.words.empty()) {
    return Complain(kProgram, kUsage, {"-A ARRAY stands alone, and is for the builtin of bash only"});
  }
  return host.shell->store(session, host.attached, line.array);
}

}  // namespace

int RunSet(const Host& host, int argc, char** argv) {
  const CommandLine line = ParseArguments(argc, argv, kManual);
  int exit_code = kSuccess;
  if (Answered(line, kManual, &exit_code)) return exit_code;
  Session session{kProgram, {}, {}};
  exit_code = OpenSession(host, "otto.set", &session);
  if (exit_code != kSuccess) return exit_code;
  host.attached->Enter(session);
  if (line.array != nullptr) return StoreArray(host, session, line);
  return line.has_word_option ? Forward(host, session, line) : SetFromWords(host, session, line);
}

}  // namespace otto::helpers
