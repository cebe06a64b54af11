#include "core/c_api.h"

#include <cerrno>
#include <cstdlib>
#include <new>

#include "core/region.h"

struct otto_task {
  otto::Region region;
};

namespace {

thread_local char last_error[4352] = "nothing has failed";

int CodeOf(otto::StatusCode code) {
  switch (code) {
    case otto::StatusCode::kOk:
      return OTTO_OK;
    case otto::StatusCode::kCorrupt:
      return OTTO_CORRUPT;
    case otto::StatusCode::kNoSpace:
      return OTTO_NO_SPACE;
    case otto::StatusCode::kSealed:
      return OTTO_SEALED;
    case otto::StatusCode::kVersion:
      return OTTO_VERSION;
    case otto::StatusCode::kForeign:
      return OTTO_FOREIGN;
    case otto::StatusCode::kTooLarge:
      return OTTO_TOO_LARGE;
    case otto::StatusCode::kIo:
      return OTTO_IO;
    case otto::StatusCode::kUsage:
      return OTTO_USAGE;
  }
  return OTTO_IO;
}

int Report(const otto::Status& status) {
  if (status.ok()) return OTTO_OK;
  status.Describe(last_error, sizeof last_error);
  return CodeOf(status.code());
}

int ReportUsage(const char* rule) {
  return Report(otto::Status::Usage(rule, "libotto"));
}

}  // namespace

int otto_open(const char* directory, otto_task** out) {
  if (directory == nullptr || out == nullptr) return ReportUsage("a pointer is null");
  *out = nullptr;
  otto::Region region;
  const int code = Report(otto::Region::Attach(directory, otto::Access::kWrite, &region));
  if (code != OTTO_OK) return code;
  void* memory = std::malloc(sizeof(otto_task));
  if (memory == nullptr) return Report(otto::Status::FromErrno("get memory for", directory, ENOMEM));
  *out = new (memory) otto_task{static_cast<otto::Region&&>(region)};
  return OTTO_OK;
}

int otto_set(otto_task* task, const char* key, size_t key_bytes, int type, const void* value, size_t value_bytes) {
  if (task == nullptr || key == nullptr || (value == nullptr && value_bytes != 0))
    return ReportUsage("a pointer is null");
  if (type < OTTO_STRING || type > OTTO_RAW) return ReportUsage("an unknown type");
  const otto::Bytes bytes(static_cast<const std::byte*>(value), value_bytes);
  return Report(task->region.Set({{key, key_bytes}, static_cast<otto::ValueType>(type), bytes}));
}

int otto_forward(otto_task* task, const char* key, size_t key_bytes, const char* source_directory,
                 const char* source_key, size_t source_key_bytes) {
  if (task == nullptr || key == nullptr || source_directory == nullptr || source_key == nullptr) {
    return ReportUsage("a pointer is null");
  }
  otto::Region source;
  const int code = Report(otto::Region::Attach(source_directory, otto::Access::kRead, &source));
  if (code != OTTO_OK) return code;
  return Report(task->region.Forward({{key, key_bytes}, source, {source_key, source_key_bytes}}));
}

int otto_delete(otto_task* task, const char* key, size_t key_bytes) {
  if (task == nullptr || key == nullptr) return ReportUsage("a pointer is null");
  return Report(task->region.Delete({key, key_bytes}, nullptr));
}

int otto_new_value_file(otto_task* task, uint64_t* number) {
  if (task == nullptr || number == nullptr) return ReportUsage("a pointer is null");
  return Report(task->region.TakeFileNumber(number));
}

int otto_publish_value_file(otto_task* task, const char* key, size_t key_bytes, int type, uint64_t number) {
  if (task == nullptr || key == nullptr) return ReportUsage("a pointer is null");
  if (type < OTTO_STRING || type > OTTO_RAW) return ReportUsage("an unknown type");
  return Report(task->region.PublishNumbered({key, key_bytes}, static_cast<otto::ValueType>(type), number));
}

const char* otto_last_error(void) {
  return last_error;
}

void otto_close(otto_task* task) {
  if (task == nullptr) return;
  task->~otto_task();
  std::free(task);
}

int otto_format_version(void) {
  return otto::kMajor * 1000 + otto::kMinor;
}
