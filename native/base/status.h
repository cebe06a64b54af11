// Status: the outcome of an operation that can fail for reasons outside the program.
//
// Threads: a Status belongs to one thread at a time.
// Owns: its failure record, if any. Success is one null pointer and costs nothing to make, move or drop.
// Nothing in native/ throws; nothing but malloc is needed to make a failure, and failing malloc is survived.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace otto {

enum class StatusCode : std::uint8_t {
  kOk = 0,
  kCorrupt,   // the bytes break a validity rule of docs/shm-format.md, section 7
  kNoSpace,   // ENOSPC, EDQUOT, or the run's budget: nothing was published, earlier values are intact
  kSealed,    // the task has ended: the region takes no more values
  kVersion,   // another major version, or an unknown feature bit
  kForeign,   // another owner, open to others, a link or not the kind of file it must be
  kTooLarge,  // more than a key, a region, this process's address space or its limit on files (EFBIG) can hold
  kIo,        // any other failure of a system call; error_number() tells which
  kUsage,     // the caller broke a precondition (empty key, NUL in a key, unknown type)
};

// What went wrong. `operation` and `detail` are string literals; `subject` (mostly a path) is copied.
struct Failure {
  StatusCode code = StatusCode::kIo;
  const char* operation = "";
  std::string_view subject;
  int error_number = 0;
  const char* detail = "";  // which rule was broken; "" when errno says it all
};

class [[nodiscard]] Status {
 public:
  Status() noexcept = default;  // success
  explicit Status(const Failure& failure) noexcept;
  Status(Status&& other) noexcept : record_(other.record_) { other.record_ = nullptr; }
  Status& operator=(Status&& other) noexcept {
    if (this != &other) {
      Drop();
      record_ = other.record_;
      other.record_ = nullptr;
    }
    return *this;
  }
  Status(const Status&) = delete;
  Status& operator=(const Status&) = delete;
  ~Status() { Drop(); }

  // A failed system call; the errno decides the code (ENOSPC, EDQUOT: kNoSpace; EFBIG: kTooLarge; ELOOP: kForeign).
  static Status FromErrno(const char* operation, std::string_view subject, int error_number) noexcept;
  static Status Corrupt(const char* rule, std::string_view subject) noexcept;
  static Status Usage(const char* rule, std::string_view subject) noexcept;

  bool ok() const noexcept { return record_ == nullptr; }
  StatusCode code() const noexcept;
  const char* operation() const noexcept;
  const char* subject() const noexcept;  // NUL-terminated, lives as long as this object
  const char* detail() const noexcept;
  int error_number() const noexcept;

  // Writes "cannot OPERATION SUBJECT: REASON", cut to `capacity` and ended by NUL. Returns the text's length.
  std::size_t Describe(char* to, std::size_t capacity) const noexcept;

 private:
  struct Record;
  void Drop() noexcept {
    if (record_ != nullptr) Free(record_);
  }
  static void Free(Record* record) noexcept;
  static Record* OutOfMemory() noexcept;

  Record* record_ = nullptr;
};

}  // namespace otto
