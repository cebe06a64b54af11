// The relay of a stream: every byte arrives once, in order, and is hashed; it lets go when it should.
#include "core/relay.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "posix/fifo.h"
#include "posix/pipe.h"

namespace otto {
namespace {

using posix::RelayStep;

class RelayTest : public testing::Test {
 protected:
  void SetUp() override {
    ::signal(SIGPIPE, SIG_IGN);
    ASSERT_TRUE(posix::OpenPipe(&in_).ok());
    ASSERT_TRUE(posix::OpenPipe(&out_).ok());
    hash_ = RunningHash::New();
    ASSERT_NE(nullptr, hash_);
  }
  void TearDown() override {
    for (const int fd : {in_.reader, in_.writer, out_.reader, out_.writer}) {
      if (fd >= 0) ::close(fd);
    }
    RunningHash::Delete(hash_);
  }

  static void Close(int* fd) {
    ::close(*fd);
    *fd = -1;
  }

  void Start(int stall_ms = 1000) {
    const Status status = relay_.Start({.from = in_.reader,
                                        .to = out_.writer,
                                        .stall_ms = stall_ms,
                                        .hash = hash_,
                                        .ended = [](void* self) { *static_cast<std::atomic<bool>*>(self) = true; },
                                        .context = &ended_});
    ASSERT_TRUE(status.ok());
  }

  void WaitForEnd() {
    while (!ended_) std::this_thread::yield();
  }

  static std::string Read(int fd) {
    std::string all;
    std::vector<char> piece(65536);
    for (ssize_t count = 0; (count = ::read(fd, piece.data(), piece.size())) > 0;) {
      all.append(piece.data(), static_cast<std::size_t>(count));
    }
    return all;
  }

  static void WriteAll(int fd, const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t count = ::write(fd, text.data() + done, text.size() - done);
      if (count <= 0) return;
      done += static_cast<std::size_t>(count);
    }
  }

  static std::string Text(std::size_t bytes) {
    std::string text(bytes, 0);
    std::uint32_t state = 1;
    for (char& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    return text;
  }

  static Bytes BytesOf(const std::string& text) { return std::as_bytes(std::span(text.data(), text.size())); }

  posix::PipeEnds in_;
  posix::PipeEnds out_;
  RunningHash* hash_ = nullptr;
  std::atomic<bool> ended_ = false;
  Relay relay_;
};

TEST_F(RelayTest, HandsOnEveryByteAndHashesIt) {
  const std::string text = Text(20'000'000);
  posix::WidenPipe(in_.writer);
  Start();
  std::string got;
  std::thread reader([&] { got = Read(out_.reader); });
  WriteAll(in_.writer, text);
  Close(&in_.writer);
  WaitForEnd();
  const Relay::Result result = relay_.Stop();
  Close(&out_.writer);
  reader.join();
  EXPECT_EQ(RelayStep::kEnded, result.reason);
  EXPECT_EQ(text.size(), result.bytes);
  EXPECT_TRUE(text == got);
  char hex[kHexDigits + 1];
  hash_->WriteHex(hex);
  EXPECT_STREQ(DigestOf(BytesOf(text)).xxh128, hex);
}

TEST_F(RelayTest, IsStoppedWhileItWaitsForBytesAndCanGoOn) {
  for (int turn = 0; turn < 100; turn++) {
    Start();
    WriteAll(in_.writer, "piece");
    char piece[5];
    ASSERT_EQ(5, ::read(out_.reader, piece, sizeof piece));
    const Relay::Result result = relay_.Stop();
    EXPECT_EQ(RelayStep::kStopped, result.reason);
    // What it had put into one pipe when it was stopped has also left the other one.
    EXPECT_EQ(5U, result.bytes);
  }
}

TEST_F(RelayTest, TellsThatNobodyReadsAnyMoreAlsoWhenNothingComes) {
  Start();
  Close(&out_.reader);
  WaitForEnd();
  EXPECT_EQ(RelayStep::kClosed, relay_.Stop().reason);
}

TEST_F(RelayTest, TellsThatNothingIsTakenAndLosesNothing) {
  const std::string text = Text(1'000'000);
  Start(20);
  std::thread writer([&] {
    WriteAll(in_.writer, text);
    Close(&in_.writer);
  });
  WaitForEnd();
  const Relay::Result stalled = relay_.Stop();
  EXPECT_EQ(RelayStep::kStalled, stalled.reason);
  ended_ = false;
  Start();
  std::string got;
  std::thread reader([&] { got = Read(out_.reader); });
  WaitForEnd();
  const Relay::Result rest = relay_.Stop();
  Close(&out_.writer);
  reader.join();
  writer.join();
  EXPECT_EQ(text.size(), stalled.bytes + rest.bytes);
  EXPECT_TRUE(text == got);
}

TEST_F(RelayTest, IsStoppedWhileNothingIsTaken) {
  Start(60'000);
  std::thread writer([&] { WriteAll(in_.writer, Text(1'000'000)); });
  // Full: the relay has come as far as it can.
  for (pollfd room = {out_.writer, POLLOUT, 0}; ::poll(&room, 1, 0) == 1;) std::this_thread::yield();
  const Relay::Result result = relay_.Stop();
  EXPECT_EQ(RelayStep::kStopped, result.reason);
  Close(&in_.reader);
  writer.join();
}

TEST(Fifo, IsMadeForItsOwnerAlone) {
  char directory[] = "/tmp/otto-fifo-XXXXXX";
  ASSERT_NE(nullptr, ::mkdtemp(directory));
  const std::string path = std::string(directory) + "/fifo";
  ASSERT_TRUE(posix::MakeFifo(path.c_str()).ok());
  struct stat status;
  ASSERT_EQ(0, ::lstat(path.c_str(), &status));
  EXPECT_TRUE(S_ISFIFO(status.st_mode));
  EXPECT_EQ(0600U, status.st_mode & 0777U);
  EXPECT_EQ(EEXIST, posix::MakeFifo(path.c_str()).error_number());
  ::unlink(path.c_str());
  ::rmdir(directory);
}

}  // namespace
}  // namespace otto
