#include "core/answer_reader.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "posix/socket.h"

namespace otto {
namespace {

using socket_protocol::AnswerKind;

// Little-endian fields of a frame, front to back. After the first that is not there `whole()` is false for ever.
class Fields {
 public:
  explicit Fields(std::span<const std::byte> frame) : rest_(frame) {}

  std::uint64_t Number(std::size_t bytes) {
    const std::span<const std::byte> field = Take(bytes);
    std::uint64_t number = 0;
    for (std::size_t i = field.size(); i > 0; --i) number = number << 8 | std::to_integer<std::uint64_t>(field[i - 1]);
    return number;
  }
  std::string_view Text() {
    const auto length = static_cast<std::size_t>(Number(4));
    const std::span<const std::byte> field = Take(length);
    return {reinterpret_cast<const char*>(field.data()), field.size()};
  }
  // Whether there was exactly what was asked for.
  bool whole() const { return ok_ && rest_.empty(); }

 private:
  std::span<const std::byte> Take(std::size_t bytes) {
    ok_ = ok_ && bytes <= rest_.size();
    if (!ok_) return {};
    const std::span<const std::byte> taken = rest_.first(bytes);
    rest_ = rest_.subspan(bytes);
    return taken;
  }

  std::span<const std::byte> rest_;
  bool ok_ = true;
};

struct FreeBuffer {
  std::byte* bytes = nullptr;
  ~FreeBuffer() { std::free(bytes); }
};

bool IsKnown(ValueType type) {
  return type >= ValueType::kString && type <= ValueType::kRaw;
}

bool IsKnown(socket_protocol::Error error) {
  return error >= socket_protocol::Error::kProtocol && error <= socket_protocol::Error::kDeadlock;
}

// False: not what Table 2 says.
bool Decode(std::span<const std::byte> frame, Answer* answer) {
  Fields fields(frame);
  answer->kind = static_cast<AnswerKind>(fields.Number(1));
  switch (answer->kind) {
    case AnswerKind::kOk:
    case AnswerKind::kMissing:
    case AnswerKind::kEnd:
      return fields.whole();
    case AnswerKind::kValue:
      answer->type = static_cast<ValueType>(fields.Number(1));
      answer->bytes = fields.Number(8);
      return fields.whole() && IsKnown(answer->type);
    case AnswerKind::kError:
      answer->error = static_cast<socket_protocol::Error>(fields.Number(2));
      answer->text = Text(fields.Text());
      return fields.whole() && IsKnown(answer->error);
    case AnswerKind::kEntries:
      answer->entries = static_cast<std::uint32_t>(fields.Number(4));
      return fields.whole();
  }
  return false;
}

}  // namespace

AnswerReader::~AnswerReader() {
  std::free(large_);
}

void AnswerReader::ReadFrom(const posix::Target& from) {
  from_ = from;
  begin_ = end_ = 0;
}

Status AnswerReader::Broken(const char* rule) const {
  return Status::Corrupt(rule, from_.path);
}

// Only when nothing is left.
Status AnswerReader::Fill() {
  begin_ = end_ = 0;
  Status status = posix::ReceiveSome(from_, buffer_, &end_);
  const bool has_closed = (status.ok() && end_ == 0) || status.error_number() == ECONNRESET;
  if (!has_closed) return status;
  return Status({StatusCode::kIo, "read from", from_.path, 0, "otto has closed the connection; the run has ended"});
}

Status AnswerReader::ReadExactly(std::span<std::byte> to) {
  while (!to.empty()) {
    if (begin_ == end_) {
      Status filled = Fill();
      if (!filled.ok()) return filled;
    }
    const std::size_t count = to.size() < end_ - begin_ ? to.size() : end_ - begin_;
    std::memcpy(to.data(), buffer_ + begin_, count);
    begin_ += count;
    to = to.subspan(count);
  }
  return {};
}

Status AnswerReader::ReadNumber(std::uint32_t* number) {
  std::byte bytes[4];
  Status read = ReadExactly(bytes);
  *number = read.ok() ? static_cast<std::uint32_t>(Fields(bytes).Number(4)) : 0;
  return read;
}

Status AnswerReader::ReadGreeting() {
  std::byte bytes[socket_protocol::kGreetingBytes];
  Status read = ReadExactly(bytes);
  if (!read.ok()) return read;
  if (std::memcmp(bytes, socket_protocol::kMagic, sizeof socket_protocol::kMagic) != 0) {
    return Status({StatusCode::kForeign, "use", from_.path, 0, "what listens there is not otto"});
  }
  Fields rest(std::span<const std::byte>(bytes).subspan(sizeof socket_protocol::kMagic));
  if (rest.Number(2) == socket_protocol::kProtocolVersion) return {};
  return Status({StatusCode::kVersion, "use", from_.path, 0, "the otto of this run speaks another version"});
}

Status AnswerReader::ReadAnswer(Answer* answer) {
  std::uint32_t length = 0;
  Status read = ReadNumber(&length);
  if (!read.ok()) return read;
  if (length == 0 || length > socket_protocol::kMaxFrameBytes) return Broken("an answer of an impossible length");
  std::byte short_frame[1024];
  FreeBuffer long_frame;
  if (length > sizeof short_frame) long_frame.bytes = static_cast<std::byte*>(std::malloc(length));
  if (length > sizeof short_frame && long_frame.bytes == nullptr) {
    return Status::FromErrno("get memory for", from_.path, ENOMEM);
  }
  const std::span<std::byte> whole(long_frame.bytes == nullptr ? short_frame : long_frame.bytes, length);
  read = ReadExactly(whole);
  if (!read.ok()) return read;
  *answer = {};
  return Decode(whole, answer) ? Status() : Broken("an answer that docs/socket-protocol.md does not have");
}

Status AnswerReader::NextChunk(std::uint32_t* bytes) {
  Status read = ReadNumber(bytes);
  if (!read.ok()) return read;
  if (*bytes == socket_protocol::kBrokenOff) {
    return Status({StatusCode::kIo, "read from", from_.path, 0, "otto could not read all of the value"});
  }
  return *bytes <= socket_protocol::kMaxChunkBytes ? Status() : Broken("a chunk that is too long");
}

Status AnswerReader::MoveChunk(std::uint32_t bytes, const posix::Target& to) {
  std::size_t left = bytes;
  const std::size_t ahead = left < end_ - begin_ ? left : end_ - begin_;
  if (ahead > 0) {
    Status written = posix::WriteAll(to, {buffer_ + begin_, ahead});
    if (!written.ok()) return written;
    begin_ += ahead;
    left -= ahead;
  }
  if (left > 0 && large_ == nullptr) large_ = static_cast<std::byte*>(std::malloc(kLargeBytes));
  if (left > 0 && large_ == nullptr) return Status::FromErrno("get memory for", from_.path, ENOMEM);
  while (left > 0) {
    std::size_t count = 0;
    const std::size_t wanted = left < kLargeBytes ? left : kLargeBytes;
    Status status = posix::ReceiveSome(from_, {large_, wanted}, &count);
    if (status.ok() && count == 0) status = Fill();
    if (status.ok()) status = posix::WriteAll(to, {large_, count});
    if (!status.ok()) return status;
    left -= count;
  }
  return {};
}

Status AnswerReader::MoveBody(std::uint64_t bytes, const posix::Target& to) {
  for (std::uint64_t moved = 0;;) {
    std::uint32_t chunk = 0;
    Status status = NextChunk(&chunk);
    if (!status.ok()) return status;
    if (chunk == socket_protocol::kEndOfBody) return moved == bytes ? Status() : Broken("a value that is too short");
    moved += chunk;
    if (moved > bytes) return Broken("a value that is longer than it says");
    status = MoveChunk(chunk, to);
    if (!status.ok()) return status;
  }
}

Status AnswerReader::ReadBody(std::size_t most, GrowableArray<char>* to) {
  for (;;) {
    std::uint32_t chunk = 0;
    Status status = NextChunk(&chunk);
    if (!status.ok() || chunk == socket_protocol::kEndOfBody) return status;
    for (std::size_t left = chunk; left > 0;) {
      std::byte part[1024];
      const std::size_t count = left < sizeof part ? left : sizeof part;
      status = ReadExactly(std::span(part).first(count));
      if (!status.ok()) return status;
      for (std::size_t i = 0; i < count && to->size() < most; ++i) {
        if (!to->Append(static_cast<char>(part[i]))) return Status::FromErrno("get memory for", from_.path, ENOMEM);
      }
      left -= count;
    }
  }
}

}  // namespace otto
