#include "core/file_view.h"

#include "posix/descriptor.h"
#include "posix/file.h"

namespace otto {

Status MapFile(const char* path, posix::Mapping* out) {
  posix::Descriptor file;
  Status status = posix::OpenRegularFile(path, &file);
  std::uint64_t bytes = 0;
  if (status.ok()) status = posix::SizeOf(file.get(), path, &bytes);
  if (!status.ok() || bytes == 0) return status;
  return posix::Mapping::Map({file.get(), path, 0, bytes, posix::Protection::kRead}, out);
}

}  // namespace otto
