#include <cerrno>

#include "arguments.h"
#include "commands.h"
#include "socket_session.h"

namespace otto::helpers {
namespace {

using socket_protocol::AnswerKind;
using socket_protocol::How;

constexpr std::string_view kProgram = "otto-recv";
constexpr std::string_view kHelp =
    "usage: otto-recv [--wait] [--] TASK KEY\n"
    "       otto-recv --follow [-0] [--] TASK KEY\n"
    "\n"
    "Writes the value that TASK has set for KEY to standard output, in a run with --store socket, sqlite or redis:\n"
    "exactly its bytes, no newline added. TASK is the calling task or one that it depends on.\n"
    "  --wait     waits until TASK, which may be any task of the run, has set KEY\n"
    "  --follow   the same, then writes each value that TASK sets KEY to later, until TASK has ended. A newline "
    "follows\n"
    "             each value. Values may be missed while they are set faster than they are read, but never the last.\n"
    "  -0         a NUL follows each value in place of the newline\n"
    "\n"
    "Exit code: 0 done, 1 TASK has no such key (the message names those it has), or has ended without it, or other\n"
    "           failures: otto has ended; 2 wrong usage, or a wait that could never end, 3 no space where the value "
    "is\n"
    "           written to, 4 what listens is not otto, or of another version.\n"
    "otto.get does the same, without --wait and --follow, in every run, with every store.\n";
constexpr Manual kManual{kProgram, kHelp, "", "", "", {"--wait", "--follow", "-0"}, "socket protocol 1"};
enum Flag { kWait, kFollow, kNul };

constexpr posix::Target kOutput{1, "standard output"};

struct Request {
  SocketClient::Wanted wanted;
  std::string_view separator;
};

// A pipe whose reader has gone is no news to anybody: cat is as quiet about it.
int ComplainOfMoving(const Status& status) {
  return status.error_number() == EPIPE ? kMissing : ComplainOf(kProgram, status);
}

int ComplainOfMissingKey(SocketClient* client, const Request& request, AnswerKind kind) {
  const auto& [task, key, how] = request.wanted;
  if (kind == AnswerKind::kEnd) {
    return Complain(kProgram, kMissing, {"task \"", task, "\" has ended without setting the key \"", key, "\""});
  }
  const Text keys = client->KeysOf(task);
  if (keys.empty()) {
    return Complain(kProgram, kMissing, {"task \"", task, "\" has set no values, so no key \"", key, "\""});
  }
  return Complain(kProgram, kMissing, {"task \"", task, "\" has no key \"", key, "\"; it has: ", keys.view()});
}

Status WriteValue(SocketClient* client, const Answer& answer, std::string_view separator) {
  Status moved = client->MoveValue(answer, kOutput);
  return moved.ok() ? posix::WriteAll(kOutput, AsBytes(separator)) : static_cast<Status&&>(moved);
}

int GetNow(SocketClient* client, const Request& request) {
  Answer answer;
  Status status = client->Get(request.wanted, &answer);
  if (!status.ok()) return ComplainOf(kProgram, status);
  if (answer.kind == AnswerKind::kMissing) return ComplainOfMissingKey(client, request, answer.kind);
  if (answer.kind != AnswerKind::kValue) return ComplainOfAnswer(kProgram, answer);
  status = WriteValue(client, answer, {});
  return status.ok() ? kSuccess : ComplainOfMoving(status);
}

// Writes the value that comes next. *ended: there are no more, and the result is the code to exit with.
int WriteNext(SocketClient* client, const Request& request, bool* ended) {
  Answer answer;
  *ended = true;
  if (!client->WaitForAnswer(kOutput.fd)) return kMissing;
  Status status = client->NextAnswer(&answer);
  if (!status.ok()) return ComplainOf(kProgram, status);
  if (answer.kind == AnswerKind::kEnd) return kSuccess;
  if (answer.kind != AnswerKind::kValue) return ComplainOfAnswer(kProgram, answer);
  status = WriteValue(client, answer, request.separator);
  *ended = !status.ok();
  return status.ok() ? kSuccess : ComplainOfMoving(status);
}

int Await(SocketClient* client, const Request& request) {
  Answer answer;
  Status asked = client->Ask(request.wanted, &answer);
  if (!asked.ok()) return ComplainOf(kProgram, asked);
  if (answer.kind != AnswerKind::kOk) return ComplainOfAnswer(kProgram, answer);
  bool ended = false;
  int exit_code = WriteNext(client, request, &ended);
  if (exit_code == kSuccess && ended) return ComplainOfMissingKey(client, request, AnswerKind::kEnd);
  while (request.wanted.how == How::kFollow && !ended) exit_code = WriteNext(client, request, &ended);
  return exit_code;
}

// False: words or flags that do not go together.
bool ReadRequest(const CommandLine& line, Request* request) {
  const auto& flags = line.flags;
  if (line.words.size() != 2 || (flags[kWait] && flags[kFollow]) || (flags[kNul] && !flags[kFollow])) return false;
  request->wanted = {line.words[0], line.words[1], How::kNow};
  if (flags[kWait]) request->wanted.how = How::kWait;
  if (flags[kFollow]) {
    request->wanted.how = How::kFollow;
    request->separator = flags[kNul] ? std::string_view("", 1) : std::string_view("\n");
  }
  return true;
}

}  // namespace

int RunRecv(int argc, char** argv) {
  const CommandLine line = ParseArguments(argc, argv, kManual);
  int exit_code = kSuccess;
  if (Answered(line, kManual, &exit_code)) return exit_code;
  Request request;
  if (!ReadRequest(line, &request)) {
    return Complain(kProgram, kUsage,
                    {"give [--wait] TASK KEY, or --follow [-0] TASK KEY; otto-recv --help tells more"});
  }
  if (!IsUtf8(request.wanted.task)) return Complain(kProgram, kUsage, {"a task's name is UTF-8, and this is not"});
  exit_code = CheckKey(kProgram, request.wanted.key);
  if (exit_code != kSuccess) return exit_code;
  SocketSession session{kProgram, {}, {}};
  const bool is_now = request.wanted.how == How::kNow;
  exit_code = OpenSocketSession(is_now ? "use otto.get, which works in every run" : kNeedsSocket, &session);
  if (exit_code != kSuccess) return exit_code;
  return is_now ? GetNow(&session.client, request) : Await(&session.client, request);
}

}  // namespace otto::helpers
