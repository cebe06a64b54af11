// AnswerReader: what otto answers on a socket (docs/socket-protocol.md, sections 1 and 2), checked before it is
// believed.
//
// Threads: one. Owns: a buffer of what was read ahead, not the descriptor.
// After a failure the connection is of no use any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/growable_array.h"
#include "base/status.h"
#include "base/text.h"
#include "core/socket_protocol.h"
#include "posix/file.h"

namespace otto {

// A frame of Table 2. What its kind does not have is 0.
struct Answer {
  socket_protocol::AnswerKind kind = socket_protocol::AnswerKind::kOk;
  ValueType type = ValueType::kRaw;  // VALUE
  std::uint64_t bytes = 0;           // VALUE
  std::uint32_t entries = 0;         // ENTRIES
  socket_protocol::Error error = socket_protocol::Error::kFailed;
  Text text;  // ERROR
};

class AnswerReader {
 public:
  AnswerReader() = default;
  // `path` is the socket's, for messages; it has to outlive the reader.
  explicit AnswerReader(const posix::Target& from) : from_(from) {}
  AnswerReader(const AnswerReader&) = delete;
  AnswerReader& operator=(const AnswerReader&) = delete;
  ~AnswerReader();

  void ReadFrom(const posix::Target& from);

  // The other end's greeting: kVersion when it speaks another version.
  Status ReadGreeting();
  Status ReadAnswer(Answer* answer);

  // The body of a VALUE. All of it goes to `to`, as it comes. kIo: it was broken off, or `to` does not take it; what
  // was written until then is no value.
  Status MoveBody(std::uint64_t bytes, const posix::Target& to);
  // The first bytes of a body, at most so many; the others are passed over.
  Status ReadBody(std::size_t most, GrowableArray<char>* to);

  // Whether an answer may be read without waiting for the socket.
  bool has_more() const { return begin_ < end_; }

 private:
  static constexpr std::size_t kBufferBytes = 16 * 1024;
  static constexpr std::size_t kLargeBytes = 256 * 1024;

  Status Fill();
  Status ReadExactly(std::span<std::byte> to);
  Status ReadNumber(std::uint32_t* number);
  Status NextChunk(std::uint32_t* bytes);
  Status MoveChunk(std::uint32_t bytes, const posix::Target& to);
  Status Broken(const char* rule) const;

  posix::Target from_;
  std::byte buffer_[kBufferBytes];
  std::byte* large_ = nullptr;  // made for the first chunk that is larger than the buffer
  std::size_t begin_ = 0;       // what was read ahead
  std::size_t end_ = 0;
};

}  // namespace otto
