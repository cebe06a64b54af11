#include "socket_session.h"

#include <cstdlib>

#include "core/utf8.h"

namespace otto::helpers {
namespace {

std::string_view Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

ExitCode CodeOf(socket_protocol::Error error) {
  switch (error) {
    case socket_protocol::Error::kProtocol:
      return kCorrupt;
    case socket_protocol::Error::kRefused:
    case socket_protocol::Error::kEnded:
    case socket_protocol::Error::kDeadlock:
      return kUsage;
    case socket_protocol::Error::kNoSpace:
      return kNoSpace;
    case socket_protocol::Error::kFailed:
      return kMissing;
  }
  return kCorrupt;
}

}  // namespace

int OpenSocketSession(std::string_view otherwise, SocketSession* session) {
  const char* path = std::getenv("OTTO_SOCKET");
  session->task = Variable("OTTO_TASK");
  if (path == nullptr || *path == 0 || session->task.empty()) {
    return Complain(
        session->program, kUsage,
        {"not called by a task of a run with --store socket, sqlite or redis (OTTO_SOCKET and OTTO_TASK are "
         "not set); ",
         otherwise});
  }
  Status connected = session->client.Connect(path, session->task);
  return connected.ok() ? kSuccess : ComplainOf(session->program, connected);
}

bool IsUtf8(std::string_view text) {
  Utf8Check check;
  check.Feed(reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return check.valid();
}

int CheckKey(std::string_view program, std::string_view key) {
  if (key.empty()) return Complain(program, kUsage, {"a key must not be empty"});
  if (key.size() > kMaxKeyBytes) return Complain(program, kUsage, {"a key has at most 2048 bytes"});
  return IsUtf8(key) ? kSuccess : Complain(program, kUsage, {"a key is UTF-8, and this one is not: \"", key, "\""});
}

int ComplainOfAnswer(std::string_view program, const Answer& answer) {
  if (answer.kind != socket_protocol::AnswerKind::kError) {
    return Complain(program, kCorrupt, {"otto has answered something else than docs/socket-protocol.md says"});
  }
  const bool is_full = answer.error == socket_protocol::Error::kNoSpace;
  return Complain(program, CodeOf(answer.error), {answer.text.view(), is_full ? ". The old value is intact" : ""});
}

}  // namespace otto::helpers
