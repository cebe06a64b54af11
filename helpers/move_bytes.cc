#include "move_bytes.h"

#include <cerrno>

#include "core/value_file.h"
#include "posix/stream.h"

namespace otto::helpers {
namespace {

constexpr posix::Target kInput{0, "standard input"};
constexpr posix::Target kOutput{1, "standard output"};

// What fits a record, and one byte more to tell that it does not.
alignas(4096) std::byte head[kMaxInlineBytes + 1];

Status SetLarge(Region* region, std::string_view key, Bytes read_already) {
  ValueFile file;
  Status status = region->NewValueFile(&file);
  if (status.ok()) status = file.Append(read_already);
  if (status.ok()) status = file.CopyFrom(kInput);
  return status.ok() ? region->PublishFile(key, ValueType::kRaw, &file) : static_cast<Status&&>(status);
}

}  // namespace

Status SetFromInput(Region* region, std::string_view key) {
  if (posix::RemainingBytes(kInput.fd) > kMaxInlineBytes) return SetLarge(region, key, {});
  std::size_t count = 0;
  Status read = posix::ReadUpTo(kInput, head, &count);
  if (!read.ok()) return read;
  const Bytes bytes(head, count);
  if (count > kMaxInlineBytes) return SetLarge(region, key, bytes);
  return region->Set({key, ValueType::kRaw, bytes});
}

Status SendToOutput(const Region& region, const Value& value) {
  if (value.place == Place::kInline) {
    // Where a page was lost the write fails with EFAULT; the region says why.
    Status sent = posix::WriteAll(kOutput, {value.data, value.bytes});
    if (!sent.ok() && sent.error_number() != EFAULT) return sent;
    Status confirmed = region.Confirm(value);
    return confirmed.ok() ? static_cast<Status&&>(sent) : static_cast<Status&&>(confirmed);
  }
  posix::Descriptor file;
  Status opened = region.OpenValueFile(value, &file);
  if (!opened.ok()) return opened;
  const Text path = region.ValueFilePath(value);
  return posix::SendFile({file.get(), path.c_str()}, value.bytes, kOutput);
}

}  // namespace otto::helpers
