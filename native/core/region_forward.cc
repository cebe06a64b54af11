// Values that are passed on unchanged: docs/shm-format.md, section 5.
#include <cerrno>
#include <cstdlib>

#include "core/region.h"
#include "core/region_draft.h"
#include "core/value_file.h"

namespace otto {
namespace {

// Whether a file that cannot be linked might still be copied.
bool MayBeCopied(const Status& status) {
  const int error = status.error_number();
  return status.code() == StatusCode::kNoSpace || error == EXDEV || error == EPERM || error == EACCES ||
         error == EMLINK || error == EOPNOTSUPP;
}

}  // namespace

Status Region::Forward(const Forwarding& forwarding) {
  Status status = CheckWritable(forwarding.key);
  if (!status.ok()) return status;
  Value value;
  status = forwarding.source.Get(forwarding.source_key, &value);
  if (!status.ok()) return status;
  if (!value.found) return Status::Usage("there is no such value to pass on", forwarding.source.path());
  return value.place == Place::kInline ? ForwardInline(forwarding, value) : ForwardFile(forwarding, value);
}

// Through a buffer, so that nothing is published of a source that turns out to be damaged.
Status Region::ForwardInline(const Forwarding& forwarding, const Value& value) {
  const auto size = static_cast<std::size_t>(value.bytes);
  auto* bytes = static_cast<std::byte*>(std::malloc(size == 0 ? 1 : size));
  if (bytes == nullptr) return Status::FromErrno("get memory for", path(), ENOMEM);
  Status status = forwarding.source.Read(value, 0, {bytes, size});
  if (status.ok()) status = Set({forwarding.key, value.type, {bytes, size}});
  std::free(bytes);
  return status;
}

Status Region::ForwardFile(const Forwarding& forwarding, const Value& value) {
  OpenedFile source;
  Status status = forwarding.source.OpenFileOf(value, &source);
  if (!status.ok()) return status;
  ValueFile file;
  const bool is_stub = source.object.valid();
  // A stub can be a value only where there are objects, and a file only where there are none.
  status = is_stub == has_objects() ? LinkFile(source, Place::kFile, &file)
                                    : Status::FromErrno("link", source.path.view(), EXDEV);
  // What lies on disk is linked there.
  if (status.error_number() == EXDEV && !is_stub) {
    status = LinkFile(source, Place::kSpilled, &file);
    if (status.error_number() == ENOENT) status = Status::FromErrno("link", source.path.view(), EXDEV);
  }
  if (!status.ok() && MayBeCopied(status)) {
    status = is_stub ? CopyValue(forwarding.source, value, &file) : NewValueFile(&file);
    if (status.ok() && !is_stub) status = file.CopyFrom({source.fd.get(), source.path.c_str()});
  }
  return status.ok() ? PublishFile(forwarding.key, value.type, &file) : static_cast<Status&&>(status);
}

// From its pages: an object cannot be read.
Status Region::CopyValue(const Region& source, const Value& value, ValueFile* value_file) {
  posix::Mapping bytes;
  Status status = source.MapValue(value, {0, value.bytes}, &bytes);
  if (status.ok()) status = WriteValueFile({bytes.data(), bytes.size()}, value_file);
  return status.ok() && bytes.damaged() ? source.DamagedStatus() : static_cast<Status&&>(status);
}

// The name may have come to mean another file since it was opened.
Status Region::LinkFile(const OpenedFile& source, Place place, ValueFile* value_file) {
  const ValueFileName source_name(source.number);
  const posix::At from{source.directory_fd, source_name.text, source.path.c_str()};
  Status status = NameValueFile({.place = place, .link_from = &from}, value_file);
  if (!status.ok()) return status;
  OpenedFile linked;
  status = OpenFileOf(place, value_file->number(), &linked);
  if (status.ok() && !posix::IsSameFile(source.fd.get(), linked.fd.get())) {
    status = Status::Corrupt("rule 7: a value file was replaced while it was passed on", source.path.view());
  }
  if (!status.ok()) value_file->Discard();
  if (status.ok()) value_file->written_ = source.bytes;
  return status;
}

}  // namespace otto
