// What the helpers do, in whatever process: they print nothing but results and complaints, end
// nothing, and may be called again. Return the exit code. argv[0] is not looked at.
#pragma once

#include <string_view>

#include "core/region.h"
#include "host.h"
#include "session.h"

namespace otto::helpers {

int RunGet(const Host& host, int argc, char** argv);
int RunSet(const Host& host, int argc, char** argv);
// These talk to otto on a socket. They are programs only.
int RunSend(int argc, char** argv);
int RunRecv(int argc, char** argv);

// A key of a task's region.
struct Wanted {
  std::string_view task;
  std::string_view key;
};

// Looks a key up. kSuccess, or the code to exit with after it has complained: of a task that this one may not read
// from, of one without values, of a missing key.
int Find(const Session& session, Attached* attached, const Wanted& wanted, Region** region, Value* value);

}  // namespace otto::helpers
