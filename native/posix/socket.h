// Unix domain stream sockets, from the side of those who connect.
#pragma once

#include <cstddef>
#include <span>

#include "base/status.h"
#include "posix/descriptor.h"
#include "posix/file.h"

namespace otto::posix {

// Blocking and close-on-exec. What cannot be connected to says whether nobody listens there or the name is gone.
Status ConnectUnix(const char* path, Descriptor* out);

// Who was at the other end when it was connected.
Status PeerUser(int fd, unsigned* user);
// The process that connected; 0 where the system does not tell, or when it is not to be seen from here.
Status PeerProcess(int fd, int* pid);

// Writes the pieces (8 at most) one after the other. When the other end has gone that is EPIPE, and no signal.
Status SendAll(const Target& to, std::span<const Piece> pieces);

// At least one byte, unless the other end has closed: *count is 0 then.
Status ReceiveSome(const Target& from, std::span<std::byte> to, std::size_t* count);

// Waits until `fd` can be read. False: whoever reads the pipe or socket `output` has gone before that.
bool WaitToRead(int fd, int output);

}  // namespace otto::posix
