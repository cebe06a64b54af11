#include "base/status.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace otto {

struct Status::Record {
  StatusCode code;
  const char* operation;
  const char* detail;
  int error_number;
  char subject[1];  // as long as it has to be
};

// Stands for every failure for which there was no memory left.
Status::Record* Status::OutOfMemory() noexcept {
  static Record record{StatusCode::kIo, "get memory for", "", ENOMEM, {0}};
  return &record;
}

Status::Status(const Failure& failure) noexcept {
  void* memory = std::malloc(sizeof(Record) + failure.subject.size());
  if (memory == nullptr) {
    record_ = OutOfMemory();
    return;
  }
  record_ = static_cast<Record*>(memory);
  record_->code = failure.code;
  record_->operation = failure.operation;
  record_->detail = failure.detail;
  record_->error_number = failure.error_number;
  if (!failure.subject.empty()) std::memcpy(record_->subject, failure.subject.data(), failure.subject.size());
  record_->subject[failure.subject.size()] = 0;
}

void Status::Free(Record* record) noexcept {
  if (record != OutOfMemory()) std::free(record);
}

namespace {

// What to do, where the system's own words leave that open.
const char* AdviceOn(int error_number) {
  switch (error_number) {
    case EFBIG:
      return "a file may not become so large; raise \"ulimit -f\"";
    case EMFILE:
      return "this process has too many files open; raise \"ulimit -n\"";
    case ENFILE:
      return "all processes together have too many files open; the system's limit is fs.file-max";
    default:
      return "";
  }
}

}  // namespace

Status Status::FromErrno(const char* operation, std::string_view subject, int error_number) noexcept {
  StatusCode code = StatusCode::kIo;
  if (error_number == ENOSPC || error_number == EDQUOT) code = StatusCode::kNoSpace;
  if (error_number == ELOOP) code = StatusCode::kForeign;
  if (error_number == EFBIG) code = StatusCode::kTooLarge;
  return Status(Failure{code, operation, subject, error_number, AdviceOn(error_number)});
}

Status Status::Corrupt(const char* rule, std::string_view subject) noexcept {
  return Status(Failure{StatusCode::kCorrupt, "read", subject, 0, rule});
}

Status Status::Usage(const char* rule, std::string_view subject) noexcept {
  return Status(Failure{StatusCode::kUsage, "use", subject, 0, rule});
}

StatusCode Status::code() const noexcept {
  return ok() ? StatusCode::kOk : record_->code;
}
const char* Status::operation() const noexcept {
  return ok() ? "" : record_->operation;
}
const char* Status::subject() const noexcept {
  return ok() ? "" : record_->subject;
}
const char* Status::detail() const noexcept {
  return ok() ? "" : record_->detail;
}
int Status::error_number() const noexcept {
  return ok() ? 0 : record_->error_number;
}

std::size_t Status::Describe(char* to, std::size_t capacity) const noexcept {
  if (capacity == 0) return 0;
  const char* reason = *detail() != 0 ? detail() : std::strerror(error_number());
  const int wanted = ok() ? std::snprintf(to, capacity, "ok")
                          : std::snprintf(to, capacity, "cannot %s %s: %s", operation(), subject(), reason);
  if (wanted < 0) return 0;
  return static_cast<std::size_t>(wanted) < capacity ? static_cast<std::size_t>(wanted) : capacity - 1;
}

}  // namespace otto
