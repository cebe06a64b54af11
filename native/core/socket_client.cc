#include "core/socket_client.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "posix/kernel_copy.h"
#include "posix/socket.h"
#include "posix/stream.h"

namespace otto {

using socket_protocol::AnswerKind;

namespace {

// So much is read of a stream before it is sent on.
constexpr std::size_t kStreamBytes = 256 * 1024;
constexpr int kIncomingPipeBytes = 1024 * 1024;
constexpr std::size_t kListBytes = 64 * 1024;
constexpr std::size_t kMaxKeysNamed = 12;

struct LittleEndian {
  LittleEndian(std::uint64_t number, std::size_t bytes) : length(bytes) {
    for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(number >> (8 * i) & 0xff);
  }
  std::string_view view() const { return {text, length}; }
  char text[8];
  std::size_t length;
};

struct FreeBuffer {
  std::byte* bytes = nullptr;
  ~FreeBuffer() { std::free(bytes); }
};

}  // namespace

// A request's fields, up to three of them; texts are those of the caller.
class SocketClient::Frame {
 public:
  explicit Frame(socket_protocol::Request kind) : kind_(kind) {}
  Frame& Number(std::uint64_t number, std::size_t bytes) { return Add(LittleEndian(number, bytes).view()); }
  Frame& Text(std::string_view text) {
    Number(text.size(), 4);
    return Add(text);
  }
  // False: no memory, or longer than a frame may be.
  bool AppendTo(GrowableArray<char>* out) const {
    const std::size_t length = bytes_.size() + 1;
    if (!ok_ || length > socket_protocol::kMaxFrameBytes) return false;
    const LittleEndian head(length, 4);
    bool ok = true;
    for (const char c : head.view()) ok = ok && out->Append(c);
    ok = ok && out->Append(static_cast<char>(kind_));
    for (const char c : bytes_) ok = ok && out->Append(c);
    return ok;
  }

 private:
  Frame& Add(std::string_view bytes) {
    for (const char c : bytes) ok_ = ok_ && bytes_.Append(c);
    return *this;
  }

  socket_protocol::Request kind_;
  GrowableArray<char> bytes_;
  bool ok_ = true;
};

Status SocketClient::Connect(const char* path, std::string_view task) {
  path_ = otto::Text(path);
  queue_.Clear();
  is_welcome_ = is_gone_ = false;
  Status connected = posix::ConnectUnix(path_.c_str(), &socket_);
  if (!connected.ok()) return connected;
  reader_.ReadFrom({socket_.get(), path_.c_str()});
  const bool queued = Queue({socket_protocol::kMagic, sizeof socket_protocol::kMagic}) &&
                      Queue(LittleEndian(socket_protocol::kProtocolVersion, 4).view()) &&
                      QueueFrame(Frame(socket_protocol::Request::kHello).Text(task));
  return queued ? Status() : OutOfMemory();
}

Status SocketClient::OutOfMemory() const {
  return Status::FromErrno("get memory for", path_.view(), ENOMEM);
}

bool SocketClient::Queue(std::string_view bytes) {
  for (const char c : bytes) {
    if (!queue_.Append(c)) return false;
  }
  return true;
}

bool SocketClient::QueueFrame(const Frame& frame) {
  return frame.AppendTo(&queue_);
}

bool SocketClient::QueueSet(std::string_view key, ValueType type) {
  return QueueFrame(Frame(socket_protocol::Request::kSet).Number(static_cast<std::uint64_t>(type), 1).Text(key));
}

Status SocketClient::Send(std::span<const posix::Piece> pieces) {
  posix::Piece all[8];
  std::size_t count = 0;
  all[count++] = AsBytes({queue_.begin(), queue_.size()});
  for (const posix::Piece& piece : pieces) all[count++] = piece;
  Status sent = posix::SendAll({socket_.get(), path_.c_str()}, std::span(all).first(count));
  queue_.Clear();
  is_gone_ = sent.error_number() == EPIPE || sent.error_number() == ECONNRESET;
  return sent;
}

// An empty one is sent without its head: a length of 0 would end the body.
Status SocketClient::SendChunk(Bytes chunk, bool is_last) {
  const LittleEndian head(chunk.size(), 4);
  const LittleEndian end(socket_protocol::kEndOfBody, 4);
  posix::Piece pieces[3];
  std::size_t count = 0;
  if (!chunk.empty()) {
    pieces[count++] = AsBytes(head.view());
    pieces[count++] = chunk;
  }
  if (is_last) pieces[count++] = AsBytes(end.view());
  return Send(std::span(pieces).first(count));
}

// When otto has stopped reading it may have said why before.
Status SocketClient::Welcome(Status sent, Answer* answer) {
  if (!sent.ok() && !is_gone_) return sent;
  *answer = {};
  if (is_welcome_) return {};
  Status welcome = reader_.ReadGreeting();
  if (welcome.ok()) welcome = reader_.ReadAnswer(answer);
  is_welcome_ = welcome.ok() && answer->kind == AnswerKind::kOk;
  return welcome;
}

// The answer to what was sent.
Status SocketClient::Finish(Status sent, Answer* answer) {
  Status welcome = Welcome(static_cast<Status&&>(sent), answer);
  return is_welcome_ && welcome.ok() ? reader_.ReadAnswer(answer) : static_cast<Status&&>(welcome);
}

Status SocketClient::Request(const Frame& frame, Answer* answer) {
  if (!QueueFrame(frame)) return OutOfMemory();
  return Finish(Send({}), answer);
}

Status SocketClient::Set(const Item& item, Answer* answer) {
  if (!QueueSet(item.key, item.type)) return OutOfMemory();
  Bytes rest = item.value;
  Status sent;
  while (sent.ok() && rest.size() > socket_protocol::kMaxChunkBytes) {
    sent = SendChunk(rest.first(socket_protocol::kMaxChunkBytes), false);
    rest = rest.subspan(socket_protocol::kMaxChunkBytes);
  }
  if (sent.ok()) sent = SendChunk(rest, true);
  return Finish(static_cast<Status&&>(sent), answer);
}

// One chunk of a regular file, which the kernel moves where it can.
Status SocketClient::SendFromFile(const posix::Target& from, std::size_t length, std::span<std::byte> room) {
  const LittleEndian head(length, 4);
  const posix::Piece piece = AsBytes(head.view());
  Status sent = Send({&piece, 1});
  while (sent.ok() && length > 0) {
    const ssize_t moved = posix::SendFileRange(from.fd, socket_.get(), length);
    if (moved > 0) {
      length -= static_cast<std::size_t>(moved);
      continue;
    }
    if (moved < 0 && errno == EINTR) continue;
    std::size_t count = 0;
    sent = posix::ReadUpTo(from, room.first(std::min(length, room.size())), &count);
    if (sent.ok() && count == 0) return Status::FromErrno("read all of", from.path, ENODATA);
    const posix::Piece by_hand = room.first(count);
    if (sent.ok()) sent = Send({&by_hand, 1});
    length -= count;
  }
  return sent;
}

// A failure to read closes the connection in the end: what has come of the body is void.
Status SocketClient::SendBody(const posix::Target& from) {
  FreeBuffer buffer{static_cast<std::byte*>(std::malloc(kStreamBytes))};
  if (buffer.bytes == nullptr) return OutOfMemory();
  const std::span<std::byte> room(buffer.bytes, kStreamBytes);
  for (std::uint64_t left = posix::RemainingBytes(from.fd); left >= kStreamBytes;) {
    const std::uint64_t length = std::min<std::uint64_t>(left, socket_protocol::kMaxChunkBytes);
    Status status = SendFromFile(from, length, room);
    if (!status.ok()) return status;
    left = posix::RemainingBytes(from.fd);
  }
  for (bool is_last = false; !is_last;) {
    std::size_t count = 0;
    Status status = posix::ReadUpTo(from, room, &count);
    is_last = count < kStreamBytes;
    if (status.ok()) status = SendChunk({buffer.bytes, count}, is_last);
    if (!status.ok()) return status;
  }
  return {};
}

Status SocketClient::SetFrom(std::string_view key, const posix::Target& from, Answer* answer) {
  if (!QueueSet(key, ValueType::kRaw)) return OutOfMemory();
  posix::EnlargePipe(from.fd, kIncomingPipeBytes);
  return Finish(SendBody(from), answer);
}

Status SocketClient::Ask(const Wanted& wanted, Answer* answer) {
  Frame frame(socket_protocol::Request::kGet);
  frame.Number(static_cast<std::uint64_t>(wanted.how), 1).Text(wanted.task).Text(wanted.key);
  return QueueFrame(frame) ? Welcome(Send({}), answer) : OutOfMemory();
}

Status SocketClient::Get(const Wanted& wanted, Answer* answer) {
  Status asked = Ask(wanted, answer);
  return is_welcome_ && asked.ok() ? reader_.ReadAnswer(answer) : static_cast<Status&&>(asked);
}

bool SocketClient::WaitForAnswer(int output) const {
  return reader_.has_more() || posix::WaitToRead(socket_.get(), output);
}

Text SocketClient::KeysOf(std::string_view task) {
  Answer answer;
  GrowableArray<char> body;
  Status status = Request(Frame(socket_protocol::Request::kList).Text(task), &answer);
  if (!status.ok() || answer.kind != AnswerKind::kEntries) return {};
  status = reader_.ReadBody(kListBytes, &body);
  if (!status.ok()) return {};
  otto::Text keys;
  std::size_t at = 0;
  for (std::size_t count = 0; count < answer.entries; ++count) {
    constexpr std::size_t kHeadBytes = 1 + 8 + 4;
    if (body.size() - at < kHeadBytes) break;
    std::size_t length = 0;
    for (std::size_t i = 4; i > 0; --i) length = length << 8 | static_cast<unsigned char>(body[at + 8 + i]);
    at += kHeadBytes;
    const bool is_listed = count < kMaxKeysNamed && length <= body.size() - at;
    const otto::Text separated(keys.view(), count == 0 ? "" : ", ");
    if (!is_listed) return otto::Text(separated.view(), "...");
    keys = otto::Text(separated.view(), {body.begin() + at, length});
    at += length;
  }
  return keys;
}

Status SocketClient::Tell(const Progress& progress, Answer* answer) {
  Frame frame(socket_protocol::Request::kProgress);
  return Request(frame.Number(progress.done, 8).Number(progress.total, 8).Text(progress.text), answer);
}

}  // namespace otto
