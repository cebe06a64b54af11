// Whole streams, moved by the kernel where it can.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "base/text.h"
#include "posix/file.h"

namespace otto::posix {

// What a pipe, file, socket or terminal still holds, on its way into regular files.
//
// Threads: one at a time. Owns: a buffer, not the descriptor.
class StreamReader {
 public:
  explicit StreamReader(const Target& from);
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;
  ~StreamReader();

  // Appends at most `limit` bytes, and *moved 0 means that there are no more. When it fails *moved tells how much was
  // written; the rest is not lost, and the next call, to the same file or another one, goes on with it.
  Status MoveTo(const Target& to, std::uint64_t limit, std::uint64_t* moved);
  // Whether there are no more bytes; waits for the next one.
  Status AtEnd(bool* at_end);

 private:
  enum class Way : std::uint8_t { kCopyFileRange, kSendFile, kByHand };

  Status Fill(std::uint64_t limit);
  Status Flush(const Target& to, std::uint64_t* moved);
  Status MoveByKernel(const Target& to, std::uint64_t limit, std::uint64_t* moved);

  Target from_;
  Way way_ = Way::kByHand;
  std::byte* buffer_ = nullptr;  // made when it is first needed
  std::size_t begin_ = 0;        // what was read and not written
  std::size_t end_ = 0;
};

// Writes the first `bytes` of the regular file or shared memory object `from` to `to` (anything). kCorrupt when it is
// shorter.
Status SendFile(const Target& from, std::uint64_t bytes, const Target& to);

// The same, also when `from` is not positioned at its start.
Status SendFromStart(const Target& from, std::uint64_t bytes, const Target& to);

// How much a regular file holds behind its descriptor's position; 0 for everything else.
std::uint64_t RemainingBytes(int fd);

// The path of a regular file, when its descriptor stands at its beginning and it still has that name.
bool WholeFilePath(int fd, Text* path);
// As if everything had been read.
void SkipToEnd(int fd);

// A process that exceeds its file size limit then sees EFBIG instead of being killed (SIGXFSZ).
void IgnoreFileSizeSignal();
// One that writes to a pipe or socket which nobody reads sees EPIPE instead of being killed.
void IgnorePipeSignal();

}  // namespace otto::posix
