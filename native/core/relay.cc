#include "core/relay.h"

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "posix/pipe.h"

namespace otto {

namespace {

// What a pipe holds after WidenPipe. Reading it in one go takes turns with the producer and the consumer less often.
constexpr std::size_t kPieceBytes = 1024 * 1024;

}  // namespace

Relay::~Relay() {
  Stop();
}

Status Relay::Start(const Job& job) {
  posix::PipeEnds ends;
  if (Status status = posix::OpenPipe(&ends); !status.ok()) return status;
  stop_reader_ = posix::Descriptor(ends.reader);
  stop_writer_ = posix::Descriptor(ends.writer);
  job_ = job;
  result_ = {};
  if (!thread_.StartAtOnce(Enter, this)) return Status::FromErrno("start", "a thread", EAGAIN);
  is_running_ = true;
  return {};
}

Relay::Result Relay::Stop() {
  if (is_running_) {
    stop_writer_.Close();
    thread_.Join();
    stop_reader_.Close();
    is_running_ = false;
  }
  return result_;
}

void Relay::Enter(void* self) {
  auto* relay = static_cast<Relay*>(self);
  relay->Run();
  relay->job_.ended(relay->job_.context);
}

void Relay::Run() {
  auto* piece = static_cast<std::byte*>(std::malloc(kPieceBytes));
  result_.reason = piece == nullptr ? posix::RelayStep::kFailed : posix::RelayStep::kMoved;
  const posix::RelayPipes pipes = {job_.from, job_.to, stop_reader_.get()};
  while (result_.reason == posix::RelayStep::kMoved) {
    std::size_t moved = 0;
    result_.reason = posix::RelayOnce(pipes, job_.stall_ms, {piece, kPieceBytes}, &moved);
    if (moved > 0) job_.hash->Feed({piece, moved});
    result_.bytes += moved;
  }
  std::free(piece);
}

}  // namespace otto
