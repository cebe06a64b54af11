#include "forward_input.h"

#include "base/growable_array.h"
#include "posix/stream.h"

namespace otto::helpers {
namespace {

constexpr int kStandardInput = 0;
constexpr std::string_view kFileEnding = ".value";

// What standard input gives is of type raw. A list, or bytes that happen to be UTF-8, would become something else by
// that.
bool StaysTheSame(ValueType type) {
  return type == ValueType::kString || type == ValueType::kRaw;
}

// The last part of a path, and the last of what stands before it.
struct FileInTask {
  explicit FileInTask(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) return;
    const std::string_view directory(path.data(), slash);
    is_value = path.ends_with(kFileEnding);
    task = After(directory, directory.rfind('/') + 1);
  }
  std::string_view task;
  bool is_value = false;
};

Status FindKey(const Region& source, std::string_view path, std::string_view* key) {
  GrowableArray<Entry> entries;
  Status listed = source.List(&entries);
  if (!listed.ok()) return listed;
  for (const Entry& entry : entries) {
    if (entry.value.place == Place::kInline || !StaysTheSame(entry.value.type)) continue;
    if (source.ValueFilePath(entry.value).view() == path) *key = entry.key;
  }
  return {};
}

}  // namespace

Status ForwardInput(Attached* attached, std::string_view key, bool* done) {
  *done = false;
  Text path;
  if (!posix::WholeFilePath(kStandardInput, &path)) return {};
  const FileInTask file(path.view());
  if (!file.is_value) return {};
  Region* source = nullptr;
  Region* own = nullptr;
  std::string_view source_key;
  Status status = attached->OfDirectory(file.task, &source);
  if (!status.ok() || source == nullptr) return status;
  status = FindKey(*source, path.view(), &source_key);
  if (!status.ok() || source_key.empty()) return status;
  status = attached->Own(&own);
  if (status.ok()) status = own->Forward({key, *source, source_key});
  *done = status.ok();
  if (*done) posix::SkipToEnd(kStandardInput);
  return status;
}

}  // namespace otto::helpers
