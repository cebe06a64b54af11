#include "core/object_value.h"

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "posix/mapping.h"
#include "posix/shared_object.h"

namespace otto {
namespace {

// While it is filled the object has a name that no record can hold.
constexpr char kUnfinished[] = ".object-of-";

struct NewObject {
  posix::Descriptor object;
  posix::Mapping mapping;
};

// An object with memory for all its bytes, mapped for writing.
Status Begin(const posix::At& at, std::uint64_t bytes, NewObject* out) {
  Status status = posix::CreateObjectAt(at, bytes, &out->object);
  if (!status.ok()) return status;
  const posix::Target target{out->object.get(), at.path};
  if (bytes != 0) status = posix::ReserveObject(target, 0, bytes);
  if (status.ok()) {
    status = posix::Mapping::Map({target.fd, at.path, 0, bytes, posix::Protection::kReadWrite}, &out->mapping);
  }
  return status;
}

Status Truncated(const char* path) {
  return Status::Corrupt("its shared memory was cut off while it was in use", path);
}

Status Finish(Status&& status, const posix::At& at) {
  if (!status.ok() && status.error_number() != EEXIST) {
    Status ignored = posix::RemoveStubAt(at, nullptr);
  }
  return static_cast<Status&&>(status);
}

}  // namespace

Status CreateObjectValue(const posix::At& at, std::span<const std::byte> value) {
  NewObject made;
  Status status = Begin(at, value.size(), &made);
  if (status.ok() && !value.empty()) {
    std::memcpy(made.mapping.data(), value.data(), value.size());
    if (made.mapping.damaged()) status = Truncated(at.path);
  }
  return Finish(static_cast<Status&&>(status), at);
}

Status MoveIntoObject(const posix::At& at, const posix::Target& file, std::uint64_t bytes) {
  const Text name(kUnfinished, at.name);
  const posix::At unfinished{at.directory_fd, name.c_str(), at.path};
  NewObject made;
  Status status = Begin(unfinished, bytes, &made);
  if (status.ok()) status = posix::ReadAt(file, 0, {made.mapping.data(), static_cast<std::size_t>(bytes)});
  if (status.ok() && made.mapping.damaged()) status = Truncated(at.path);
  if (status.ok()) status = posix::ReplaceAt(unfinished, at.name);
  return Finish(static_cast<Status&&>(status), unfinished);
}

Status OpenObjectOf(const posix::Target& stub, posix::Descriptor* object, std::uint64_t* bytes) {
  posix::ObjectName name;
  Status status = posix::ReadStub(stub, &name);
  if (status.ok()) status = posix::OpenObject({name, stub.path, 0}, object);
  return status.ok() ? posix::SizeOf(object->get(), stub.path, bytes) : static_cast<Status&&>(status);
}

Status ReadObject(const posix::Target& object, std::uint64_t offset, std::span<std::byte> to) {
  posix::Mapping range;
  Status status = posix::Mapping::Map({object.fd, object.path, offset, to.size(), posix::Protection::kRead}, &range);
  if (!status.ok() || to.empty()) return status;
  std::memcpy(to.data(), range.data(), to.size());
  return range.damaged() ? Truncated(object.path) : Status();
}

}  // namespace otto
