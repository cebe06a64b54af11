#include "core/checksum.h"

#include <cerrno>
#include <cstdlib>

#include "core/object_value.h"
#include "core/running_hash.h"
#include "core/utf8.h"
#include "posix/file.h"
#include "posix/mapping.h"
#include "posix/thread.h"

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

// Below this a second thread and a mapping cost more than they save.
constexpr std::uint64_t kLargeBytes = 4 * 1024 * 1024;

struct HashJob {
  Bytes data;
  Hasher hasher;

  static void Run(void* job) {
    auto* self = static_cast<HashJob*>(job);
    for (Bytes rest = self->data; !rest.empty();) {
      const std::size_t count = rest.size() < kChunkBytes ? rest.size() : kChunkBytes;
      self->hasher.Feed(rest.first(count));
      rest = rest.last(rest.size() - count);
    }
  }
};

// The page cache takes pieces of this size faster than all at once.
Status WriteInPieces(const posix::Target& to, Bytes data) {
  constexpr std::size_t kPieceBytes = 1024 * 1024;
  while (!data.empty()) {
    const std::size_t count = data.size() < kPieceBytes ? data.size() : kPieceBytes;
    if (Status done = posix::WriteAll(to, data.first(count)); !done.ok()) return done;
    data = data.last(data.size() - count);
  }
  return {};
}

struct Source {
  const posix::Mapping& bytes;
  const char* path;
};

// Writes straight from the source's pages, while another thread hashes them.
Status PumpMapped(const Source& source, const posix::Target& to, Digest* digest) {
  HashJob job{{source.bytes.data(), source.bytes.size()}, {}};
  posix::Thread hashing;
  const bool parallel = hashing.Start(HashJob::Run, &job);
  Status done = to.fd < 0 ? Status() : WriteInPieces(to, job.data);
  hashing.Join();
  // A page that was lost while the kernel wrote it.
  const bool is_lost = done.error_number() == EFAULT;
  if (!done.ok() && !is_lost) return done;
  if (!parallel && !is_lost) HashJob::Run(&job);
  if (is_lost || source.bytes.damaged()) {
    return Status::Corrupt("the file became shorter while it was copied", source.path);
  }
  job.hasher.Finish(digest);
  return {};
}

Status Copy(const posix::Target& from, const posix::Target& to, Digest* digest) {
  std::uint64_t bytes = 0;
  if (Status status = posix::SizeOf(from.fd, from.path, &bytes); !status.ok()) return status;
  if (to.fd < 0 || bytes < kLargeBytes) return Pump(from, to, digest);
  posix::Mapping source;
  Status mapped = posix::Mapping::Map({from.fd, from.path, 0, bytes, posix::Protection::kRead}, &source);
  // Address space may be limited (RLIMIT_AS).
  return mapped.ok() ? PumpMapped({source, from.path}, to, digest) : Pump(from, to, digest);
}

// No half copy stays.
Status Finish(Status&& done, const char* to) {
  if (!done.ok() && to != nullptr) {
    Status ignored = posix::UnlinkAt({posix::kWorkingDirectory, to, to});
  }
  return static_cast<Status&&>(done);
}

}  // namespace

Digest DigestOf(Bytes data) {
  Hasher hasher;
  hasher.Feed(data);
  Digest digest;
  hasher.Finish(&digest);
  return digest;
}

RunningHash* RunningHash::New() {
  XXH3_state_t* state = XXH3_createState();
  if (state != nullptr) XXH3_128bits_reset(state);
  return reinterpret_cast<RunningHash*>(state);
}

void RunningHash::Delete(RunningHash* hash) {
  XXH3_freeState(reinterpret_cast<XXH3_state_t*>(hash));
}

void RunningHash::Feed(Bytes data) {
  XXH3_128bits_update(reinterpret_cast<XXH3_state_t*>(this), data.data(), data.size());
}

void RunningHash::WriteHex(char (&to)[kHexDigits + 1]) const {
  otto::WriteHex(XXH3_128bits_digest(reinterpret_cast<const XXH3_state_t*>(this)), to);
  to[kHexDigits] = 0;
}

Status CopyAndHash(const char* from, const char* to, Digest* digest) {
  posix::Descriptor source;
  Status status = posix::OpenRegularFile(from, &source);
  posix::Descriptor copy;
  if (status.ok() && to != nullptr) status = posix::CreateFile(to, &copy);
  if (!status.ok()) return status;
  return Finish(Copy({source.get(), from}, {copy.get(), to}, digest), to);
}

Status CopyObjectAndHash(const ObjectCopy& copy, Digest* digest) {
  posix::Descriptor stub;
  posix::Descriptor object;
  posix::Mapping source;
  std::uint64_t bytes = 0;
  Status status = posix::OpenLinkableFileAt({posix::kWorkingDirectory, copy.stub, copy.stub}, &stub);
  if (status.ok()) status = OpenObjectOf({stub.get(), copy.stub}, &object, &bytes);
  if (status.ok() && bytes < copy.bytes) status = Status::Corrupt("rule 7: a value has another length", copy.stub);
  if (status.ok()) {
    status = posix::Mapping::Map({object.get(), copy.stub, 0, copy.bytes, posix::Protection::kRead}, &source);
  }
  posix::Descriptor file;
  if (status.ok() && copy.to != nullptr) status = posix::CreateFile(copy.to, &file);
  if (!status.ok()) return status;
  return Finish(PumpMapped({source, copy.stub}, {file.get(), copy.to}, digest), copy.to);
}

}  // namespace otto
