#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "posix/file.h"
#include "posix/repeat.h"

namespace otto::posix {
namespace {

constexpr std::size_t kMaxPieces = 8;

// The pieces as iovecs, without the first `done` bytes.
std::size_t Remaining(std::span<const Piece> pieces, std::size_t done, iovec* to) {
  std::size_t count = 0;
  for (const Piece& piece : pieces) {
    const std::size_t skip = std::min(done, piece.size());
    done -= skip;
    if (skip == piece.size() || count == kMaxPieces) continue;
    to[count].iov_base = const_cast<std::byte*>(piece.data() + skip);
    to[count].iov_len = piece.size() - skip;
    ++count;
  }
  return count;
}

}  // namespace

Status WriteAt(const Target& to, std::uint64_t offset, std::span<const Piece> pieces) {
  iovec vectors[kMaxPieces];
  std::size_t done = 0;
  for (;;) {
    const std::size_t count = Remaining(pieces, done, vectors);
    if (count == 0) return {};
    const ssize_t n = ::pwritev(to.fd, vectors, static_cast<int>(count), static_cast<off_t>(offset + done));
    if (n < 0 && errno != EINTR) return Status::FromErrno("write", to.path, errno);
    if (n == 0) return Status::FromErrno("write", to.path, ENOSPC);
    if (n > 0) done += static_cast<std::size_t>(n);
  }
}

Status WriteCounted(const Target& to, Piece piece, std::size_t* written) {
  *written = 0;
  while (*written < piece.size()) {
    const Piece rest = piece.subspan(*written);
    const ssize_t n = ::write(to.fd, rest.data(), rest.size());
    if (n < 0 && !IsToBeRepeated(to.fd, Direction::kWrite)) return Status::FromErrno("write", to.path, errno);
    if (n > 0) *written += static_cast<std::size_t>(n);
  }
  return {};
}

Status WriteAll(const Target& to, Piece piece) {
  std::size_t written = 0;
  return WriteCounted(to, piece, &written);
}

Status ReadAt(const Target& from, std::uint64_t offset, std::span<std::byte> to) {
  while (!to.empty()) {
    const ssize_t n = ::pread(from.fd, to.data(), to.size(), static_cast<off_t>(offset));
    if (n < 0 && errno != EINTR) return Status::FromErrno("read", from.path, errno);
    if (n == 0) return Status::Corrupt("the file ends too early", from.path);
    if (n < 0) continue;
    to = to.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

Status ReadUpTo(const Target& from, std::span<std::byte> to, std::size_t* count) {
  *count = 0;
  while (*count < to.size()) {
    const ssize_t n = ::read(from.fd, to.data() + *count, to.size() - *count);
    if (n < 0 && !IsToBeRepeated(from.fd, Direction::kRead)) return Status::FromErrno("read", from.path, errno);
    if (n == 0) return {};
    if (n > 0) *count += static_cast<std::size_t>(n);
  }
  return {};
}

}  // namespace otto::posix
