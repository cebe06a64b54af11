#include "posix/shared_object.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/text.h"

namespace otto::posix {
namespace {

constexpr std::string_view kNameStart = "/otto-";
constexpr std::size_t kRandomBytes = 8;
// Two names are equal once in 2^64 draws.
constexpr int kMaxDraws = 8;

static_assert(kNameStart.size() + 2 * kRandomBytes == kObjectNameBytes);

constexpr char kHexDigits[] = "0123456789abcdef";

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

Status Foreign(const char* rule, const char* path) {
  return Status(Failure{StatusCode::kForeign, "use the shared memory of", path, 0, rule});
}

Status DrawName(const char* path, ObjectName* name) {
  unsigned char random[kRandomBytes];
  if (::getentropy(random, sizeof random) != 0) return Status::FromErrno("name the shared memory of", path, errno);
  std::memcpy(name->text, kNameStart.data(), kNameStart.size());
  char* to = name->text + kNameStart.size();
  for (const unsigned char byte : random) {
    *to++ = kHexDigits[byte >> 4];
    *to++ = kHexDigits[byte & 15];
  }
  *to = 0;
  return {};
}

// macOS says ENOMEM, Linux ENOSPC.
Status MakeFailure(const char* path, int error) {
  return Status::FromErrno("make shared memory for", path, error == ENOMEM ? ENOSPC : error);
}

// The object itself, once its stub is written. *taken: somebody has one of this name.
Status MakeObject(const ObjectName& name, const ObjectToOpen& wanted, Descriptor* object, bool* taken) {
  const int fd = ::shm_open(name.text, O_RDWR | O_CREAT | O_EXCL, 0600);
  *taken = fd < 0 && errno == EEXIST;
  if (fd < 0) return MakeFailure(wanted.path, errno);
  Descriptor made(fd);
  // An object of no bytes could not be told from one that has not got its size yet.
  const off_t bytes = static_cast<off_t>(wanted.bytes == 0 ? 1 : wanted.bytes);
  while (::ftruncate(made.get(), bytes) != 0) {
    if (errno == EINTR) continue;
    Status failed = MakeFailure(wanted.path, errno);
    ::shm_unlink(name.text);
    return failed;
  }
  *object = static_cast<Descriptor&&>(made);
  return {};
}

Status WriteStub(const At& at, const ObjectName& name) {
  std::byte bytes[kStubBytes] = {};
  std::memcpy(bytes, name.text, kObjectNameBytes);
  Descriptor file;
  Status created = CreateFileAt(at, &file);
  return created.ok() ? WriteAll({file.get(), at.path}, bytes) : static_cast<Status&&>(created);
}

// What the object occupies; 0 when there is none.
std::uint64_t OccupiedBytes(const ObjectName& name) {
  const Descriptor object(::shm_open(name.text, O_RDWR, 0));
  struct stat info {};
  if (!object.valid() || ::fstat(object.get(), &info) != 0) return 0;
#ifdef __linux__
  return static_cast<std::uint64_t>(info.st_blocks) * 512;
#else
  return static_cast<std::uint64_t>(info.st_size);
#endif
}

}  // namespace

// The stub is made under a name that is as random as the object's, and gets its own when both are complete. Who removes
// the directory meanwhile finds the stub; a rename that fails tells that this has happened, and the object must go too.
Status CreateObjectAt(const At& at, std::uint64_t bytes, Descriptor* object) {
  for (int draw = 0;; ++draw) {
    ObjectName name;
    Status status = DrawName(at.path, &name);
    if (!status.ok()) return status;
    const Text unfinished_name(".", name.text + 1);
    const At unfinished{at.directory_fd, unfinished_name.c_str(), at.path};
    bool taken = false;
    Descriptor made;
    status = WriteStub(unfinished, name);
    if (status.ok()) status = MakeObject(name, {name, at.path, bytes}, &made, &taken);
    if (status.ok()) status = RenameAt(unfinished, at.name);
    if (status.ok()) {
      *object = static_cast<Descriptor&&>(made);
      return {};
    }
    if (made.valid()) ::shm_unlink(name.text);
    Status ignored = UnlinkAt(unfinished);
    if (!taken || draw == kMaxDraws) return status;
  }
}

Status ReadStub(const Target& file, ObjectName* name) {
  constexpr char kRule[] = "section 12: it does not name a shared memory object";
  std::uint64_t bytes = 0;
  Status status = SizeOf(file.fd, file.path, &bytes);
  if (!status.ok()) return status;
  if (bytes != kStubBytes) return Status::Corrupt(kRule, file.path);
  char text[kStubBytes];
  status = ReadAt(file, 0, std::as_writable_bytes(std::span(text)));
  if (!status.ok()) return status;
  bool right = std::memcmp(text, kNameStart.data(), kNameStart.size()) == 0;
  for (std::size_t i = kNameStart.size(); i < kObjectNameBytes; ++i) right = right && IsHexDigit(text[i]);
  for (std::size_t i = kObjectNameBytes; i < kStubBytes; ++i) right = right && text[i] == 0;
  if (!right) return Status::Corrupt(kRule, file.path);
  std::memcpy(name->text, text, kObjectNameBytes);
  return {};
}

Status OpenObject(const ObjectToOpen& wanted, Descriptor* object) {
  // For writing, too: opening a FIFO of that name to read from would wait for a writer.
  const int fd = ::shm_open(wanted.name.text, O_RDWR, 0);
  if (fd < 0 && errno == ENOENT) return Status::Corrupt("section 12: its shared memory object is gone", wanted.path);
  if (fd < 0 && (errno == ELOOP || errno == EACCES)) return Foreign("it is another user's, or a link", wanted.path);
  if (fd < 0) return Status::FromErrno("open the shared memory of", wanted.path, errno);
  Descriptor opened(fd);
  struct stat info {};
  if (::fstat(opened.get(), &info) != 0) return Status::FromErrno("look at the shared memory of", wanted.path, errno);
#ifdef __linux__  // macOS tells of no kind here
  if (!S_ISREG(info.st_mode)) return Foreign("it is not a regular file", wanted.path);
#endif
  if (info.st_uid != ::geteuid()) return Foreign("it belongs to another user", wanted.path);
  if ((info.st_mode & 077) != 0) return Foreign("its mode lets other users in (it must be 0600)", wanted.path);
  if (static_cast<std::uint64_t>(info.st_size) < wanted.bytes) {
    return Status::Corrupt("section 12: its shared memory object is too short", wanted.path);
  }
  *object = static_cast<Descriptor&&>(opened);
  return {};
}

Status ReserveObject([[maybe_unused]] const Target& object, [[maybe_unused]] std::uint64_t offset,
                     [[maybe_unused]] std::uint64_t length) {
#ifdef __linux__
  while (::fallocate(object.fd, 0, static_cast<off_t>(offset), static_cast<off_t>(length)) != 0) {
    if (errno == EINTR) continue;
    return errno == ENOSPC ? MakeFailure(object.path, errno) : Status();
  }
#endif
  return {};
}

Status RemoveStubAt(const At& at, std::uint64_t* freed_bytes) {
  Descriptor file;
  ObjectName name;
  struct stat info {};
  const int fd = ::openat(at.directory_fd, at.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd >= 0) file = Descriptor(fd);  // which may give it another number
  const bool is_stub = fd >= 0 && ::fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink <= 1 &&
                       ReadStub({file.get(), at.path}, &name).ok();
  if (!is_stub) return UnlinkAt(at);
  if (freed_bytes != nullptr) *freed_bytes += OccupiedBytes(name);
  ::shm_unlink(name.text);
  Status removed = UnlinkAt(at);
  // Its maker may have been between the stub and the object. Now the stub is gone, and who makes the object later
  // removes it.
  ::shm_unlink(name.text);
  return removed;
}

}  // namespace otto::posix
