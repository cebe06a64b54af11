#include "core/checksum.h"

#include <cerrno>
#include <cstdlib>

#include "core/utf8.h"
#include "posix/file.h"

#define XXH_INLINE_ALL
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#endif
#include "vendor/xxhash.h"
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace otto {
namespace {

// Stays in the processor's second cache between reading, hashing and writing.
constexpr std::size_t kChunkBytes = 256 * 1024;

void WriteHex(const XXH128_hash_t& hash, char* to) {
  constexpr char kDigits[] = "0123456789abcdef";
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  for (std::size_t i = 0; i < sizeof canonical.digest; ++i) {
    to[2 * i] = kDigits[canonical.digest[i] >> 4];
    to[2 * i + 1] = kDigits[canonical.digest[i] & 15];
  }
}

class Hasher {
 public:
  Hasher() { XXH3_128bits_reset(&state_); }
  void Feed(Bytes data) {
    XXH3_128bits_update(&state_, data.data(), data.size());
    utf8_.Feed(reinterpret_cast<const unsigned char*>(data.data()), data.size());
    bytes_ += data.size();
  }
  void Finish(Digest* digest) const {
    WriteHex(XXH3_128bits_digest(&state_), digest->xxh128);
    digest->bytes = bytes_;
    digest->utf8 = utf8_.valid();
  }

 private:
  alignas(64) XXH3_state_t state_;
  Utf8Check utf8_;
  std::uint64_t bytes_ = 0;
};

struct Buffer {
  Buffer() : data(static_cast<std::byte*>(std::malloc(kChunkBytes))) {}
  ~Buffer() { std::free(data); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  std::byte* data;
};

// `to` is not open when nothing is to be copied.
Status Pump(const posix::Target& from, const posix::Target& to, Digest* digest) {
  const Buffer buffer;
  if (buffer.data == nullptr) return Status::FromErrno("get memory for", from.path, ENOMEM);
  Hasher hasher;
  for (;;) {
    std::size_t count = 0;
    Status done = posix::ReadUpTo(from, {buffer.data, kChunkBytes}, &count);
    if (!done.ok()) return done;
    if (count == 0) break;
    hasher.Feed({buffer.data, count});
    if (to.fd >= 0) done = posix::WriteAll(to, {buffer.data, count});
    if (!done.ok()) return done;
  }
  hasher.Finish(digest);
  return {};
}

}  // namespace

Digest DigestOf(Bytes data) {
  Hasher hasher;
  hasher.Feed(data);
  Digest digest;
  hasher.Finish(&digest);
  return digest;
}

Status CopyAndHash(const char* from, const char* to, Digest* digest) {
  posix::Descriptor source;
  Status status = posix::OpenRegularFile(from, &source);
  if (!status.ok()) return status;
  posix::Descriptor copy;
  if (to != nullptr) status = posix::CreateFile(to, &copy);
  if (!status.ok()) return status;
  status = Pump({source.get(), from}, {copy.get(), to}, digest);
  if (!status.ok() && to != nullptr) {
    Status ignored = posix::UnlinkAt({posix::kWorkingDirectory, to, to});
  }
  return status;
}

}  // namespace otto
