// Which calls that failed are to be made again.
#pragma once

#include <cstdint>

namespace otto::posix {

enum class Direction : std::uint8_t { kRead, kWrite };

// To be asked right after read(2), write(2) or their like on `fd` has failed. True: make the same call again. It was
// interrupted, and nobody gives up (guest.h); or the descriptor was not ready, because somebody who shares it (a shell,
// Node) has made it non-blocking, and now it is. False: errno says why.
bool IsToBeRepeated(int fd, Direction direction);

}  // namespace otto::posix
