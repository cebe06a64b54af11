// SocketClient: a task's requests to otto (docs/socket-protocol.md), each waiting for its answer.
//
// Threads: one. Owns: the connection. Values are streamed: of none is more than a buffer in memory.
// A Status tells what became of the connection; what otto thinks of a request is in its Answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/growable_array.h"
#include "base/status.h"
#include "base/text.h"
#include "core/answer_reader.h"
#include "core/region.h"
#include "posix/descriptor.h"

namespace otto {

class SocketClient {
 public:
  // Connects, as `task`. Greeting and HELLO go out with the first request; when they are refused, that is its answer.
  Status Connect(const char* path, std::string_view task);

  struct Item {
    std::string_view key;
    ValueType type = ValueType::kRaw;
    Bytes value;
  };
  Status Set(const Item& item, Answer* answer);
  // The value is what `from` still holds. kIo when it cannot be read: nothing is set then.
  Status SetFrom(std::string_view key, const posix::Target& from, Answer* answer);

  struct Wanted {
    std::string_view task;
    std::string_view key;
    socket_protocol::How how = socket_protocol::How::kNow;
  };
  // After a VALUE comes MoveValue, before anything else. *answer is MISSING or END when there is no value.
  Status Get(const Wanted& wanted, Answer* answer);
  // The same without waiting for the answer: that is NextAnswer's, and with `follow` there are several. *answer is OK,
  // or why this task is not served at all.
  Status Ask(const Wanted& wanted, Answer* answer);
  Status NextAnswer(Answer* answer) { return reader_.ReadAnswer(answer); }
  Status MoveValue(const Answer& value, const posix::Target& to) { return reader_.MoveBody(value.bytes, to); }

  // Waits for an answer. False: whoever reads `output` has gone.
  bool WaitForAnswer(int output) const;

  // What a task has, its first keys separated by commas. Empty when there are none, or when it cannot be told.
  Text KeysOf(std::string_view task);

  struct Progress {
    std::uint64_t done = 0;
    std::uint64_t total = 0;  // 0: unknown
    std::string_view text;
  };
  Status Tell(const Progress& progress, Answer* answer);

 private:
  class Frame;

  // Appends to what goes out with the next Send.
  bool Queue(std::string_view bytes);
  bool QueueFrame(const Frame& frame);
  bool QueueSet(std::string_view key, ValueType type);
  Status Send(std::span<const posix::Piece> pieces);
  Status SendChunk(Bytes chunk, bool is_last);
  Status SendFromFile(const posix::Target& from, std::size_t length, std::span<std::byte> room);
  Status SendBody(const posix::Target& from);
  Status Request(const Frame& frame, Answer* answer);
  Status Finish(Status sent, Answer* answer);
  Status Welcome(Status sent, Answer* answer);
  Status OutOfMemory() const;

  Text path_;
  posix::Descriptor socket_;
  AnswerReader reader_;
  GrowableArray<char> queue_;
  bool is_welcome_ = false;  // greeting and HELLO are answered
  bool is_gone_ = false;     // otto does not read any more
};

}  // namespace otto
