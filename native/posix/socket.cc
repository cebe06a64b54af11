#include "posix/socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "posix/guest.h"
#include "posix/repeat.h"

namespace otto::posix {
namespace {

constexpr std::size_t kMaxPieces = 8;

#ifdef MSG_NOSIGNAL
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;
#endif

Status MakeSocket(const char* path, Descriptor* out) {
#ifdef __linux__
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
#else
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
#endif
  if (fd < 0) return Status::FromErrno("make a socket for", path, errno);
  *out = Descriptor(fd);
#ifndef __linux__
  ::fcntl(out->get(), F_SETFD, FD_CLOEXEC);
#endif
#ifdef SO_NOSIGPIPE
  const int on = 1;
  ::setsockopt(out->get(), SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
  return {};
}

Status NotConnected(const char* path, int error) {
  const char* detail = "";
  if (error == ECONNREFUSED) detail = "nobody listens there: otto has ended, or somebody has put something else there";
  if (error == ENOENT) detail = "it is gone: otto has ended, or somebody has removed it";
  return Status({StatusCode::kIo, "connect to", path, error, detail});
}

// The pieces as iovecs, without the first `done` bytes.
std::size_t Remaining(std::span<const Piece> pieces, std::size_t done, iovec* to) {
  std::size_t count = 0;
  for (const Piece& piece : pieces) {
    const std::size_t skip = done < piece.size() ? done : piece.size();
    done -= skip;
    if (skip == piece.size() || count == kMaxPieces) continue;
    to[count].iov_base = const_cast<std::byte*>(piece.data() + skip);
    to[count].iov_len = piece.size() - skip;
    ++count;
  }
  return count;
}

}  // namespace

Status ConnectUnix(const char* path, Descriptor* out) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(path);
  if (length >= sizeof address.sun_path) {
    return Status({StatusCode::kUsage, "connect to", path, ENAMETOOLONG, "the path is too long for a socket"});
  }
  std::memcpy(address.sun_path, path, length);
  Status made = MakeSocket(path, out);
  if (!made.ok()) return made;
  for (;;) {
    if (::connect(out->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return {};
    if (errno == EINTR && !MustGiveUp()) continue;
    Status failed = NotConnected(path, errno);
    out->Close();
    return failed;
  }
}

#ifdef __linux__

namespace {

Status AskPeer(int fd, ucred* who) {
  socklen_t length = sizeof *who;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, who, &length) == 0) return {};
  return Status::FromErrno("ask who is at the other end of", "a socket", errno);
}

}  // namespace

Status PeerUser(int fd, unsigned* user) {
  ucred who{};
  Status status = AskPeer(fd, &who);
  *user = who.uid;
  return status;
}

Status PeerProcess(int fd, int* pid) {
  ucred who{};
  Status status = AskPeer(fd, &who);
  *pid = who.pid;
  return status;
}

#else

Status PeerUser(int fd, unsigned* user) {
  uid_t uid = 0;
  gid_t gid = 0;
  if (::getpeereid(fd, &uid, &gid) != 0) {
    return Status::FromErrno("ask who is at the other end of", "a socket", errno);
  }
  *user = uid;
  return {};
}

Status PeerProcess(int, int* pid) {
  *pid = 0;
  return {};
}

#endif

Status SendAll(const Target& to, std::span<const Piece> pieces) {
  iovec vectors[kMaxPieces];
  std::size_t done = 0;
  for (;;) {
    msghdr message{};
    message.msg_iov = vectors;
    message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(Remaining(pieces, done, vectors));
    if (message.msg_iovlen == 0) return {};
    const ssize_t n = ::sendmsg(to.fd, &message, kNoSignal);
    if (n < 0 && !IsToBeRepeated(to.fd, Direction::kWrite)) return Status::FromErrno("write to", to.path, errno);
    if (n > 0) done += static_cast<std::size_t>(n);
  }
}

Status ReceiveSome(const Target& from, std::span<std::byte> to, std::size_t* count) {
  for (;;) {
    const ssize_t n = ::read(from.fd, to.data(), to.size());
    *count = n > 0 ? static_cast<std::size_t>(n) : 0;
    if (n >= 0) return {};
    if (!IsToBeRepeated(from.fd, Direction::kRead)) return Status::FromErrno("read from", from.path, errno);
  }
}

bool WaitToRead(int fd, int output) {
  for (;;) {
    pollfd both[] = {{.fd = fd, .events = POLLIN, .revents = 0}, {.fd = output, .events = 0, .revents = 0}};
    if (::poll(both, 2, -1) < 0) {
      if (errno == EINTR && !MustGiveUp()) continue;
      return true;
    }
    if (both[0].revents != 0) return true;
    if ((both[1].revents & (POLLERR | POLLHUP)) != 0) return false;
    // A number that is not open is no reader that has gone: writing will tell.
    output = -1;
  }
}

}  // namespace otto::posix
