// The host of a helper that runs as a program.
#pragma once

#include "attached.h"
#include "host.h"

namespace otto::helpers {

// One set or get, then exit: each set reserves exactly what it needs.
class OwnProcess {
 public:
  OwnProcess();
  const Host& host() const { return host_; }

 private:
  Attached attached_{Access::kWriteOnce};
  Host host_;
};

}  // namespace otto::helpers
