// What otto-send and otto-recv know about the run that they are called from, and how they tell what otto has answered.
#pragma once

#include <string_view>

#include "core/socket_client.h"
#include "session.h"

namespace otto::helpers {

struct SocketSession {
  std::string_view program;
  std::string_view task;  // OTTO_TASK
  SocketClient client;
};

// What only a socket can do: nothing that works in every run takes its place.
inline constexpr std::string_view kNeedsSocket = "this needs one: \"store: socket\" at the task, or --store socket";

// kSuccess, or the code to exit with after it has complained. `otherwise` is what to do where there is no
// socket.
int OpenSocketSession(std::string_view otherwise, SocketSession* session);

// Keys are 1 to 2048 bytes of UTF-8, so that nothing is read for one that cannot be set.
int CheckKey(std::string_view program, std::string_view key);
bool IsUtf8(std::string_view text);

// The exit code of Table 5, after it has complained of ERROR. Of anything else that should not have come: kCorrupt.
int ComplainOfAnswer(std::string_view program, const Answer& answer);

}  // namespace otto::helpers
