#include <time.h>

#include "posix/file.h"

namespace otto::posix {

Status LockWithin(const Target& file, bool exclusive, int milliseconds, bool* locked) {
  for (int waited = 0;; ++waited) {
    Status tried = TryLock(file, exclusive, locked);
    if (!tried.ok() || *locked || waited >= milliseconds) return tried;
    const timespec one_millisecond{0, 1000000};
    ::nanosleep(&one_millisecond, nullptr);
  }
}

}  // namespace otto::posix
