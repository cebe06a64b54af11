#include "session.h"

#include <cerrno>

#include "posix/file.h"

namespace otto::helpers {
namespace {

constexpr int kStandardError = 2;

// Collects a message so that it goes out in one write, whole even when others write to the same terminal.
class Message {
 public:
  void Add(std::string_view part) {
    for (const char c : part) {
      const auto byte = static_cast<unsigned char>(c);
      Put(byte < 0x20 || byte == 0x7f ? '?' : c);
    }
  }
  void Send() {
    text_[length_++] = '\n';
    // When standard error is closed there is nobody to tell; the exit code remains.
    Status ignored = posix::WriteAll({kStandardError, "standard error"}, AsBytes({text_, length_}));
  }

 private:
  void Put(char c) {
    if (length_ < sizeof text_ - 1) text_[length_++] = c;
  }
  char text_[8192];
  std::size_t length_ = 0;
};

// The process's limit of file sizes is no smaller problem of space than the disk's.
bool IsFileSizeLimit(const Status& status) {
  return status.error_number() == EFBIG;
}

ExitCode CodeOf(const Status& status) {
  if (IsFileSizeLimit(status)) return kNoSpace;
  switch (status.code()) {
    case StatusCode::kNoSpace:
      return kNoSpace;
    case StatusCode::kCorrupt:
    case StatusCode::kVersion:
    case StatusCode::kForeign:
      return kCorrupt;
    case StatusCode::kUsage:
    case StatusCode::kSealed:
    case StatusCode::kTooLarge:
      return kUsage;
    default:
      return kMissing;
  }
}

}  // namespace

int Complain(std::string_view program, ExitCode code, std::initializer_list<std::string_view> parts) {
  Message message;
  message.Add(program);
  message.Add(": ");
  for (const std::string_view part : parts) message.Add(part);
  message.Send();
  return code;
}

int ComplainOf(std::string_view program, const Status& status) {
  // Given up because of a signal, which the shell answers next: no news to anybody.
  if (status.error_number() == EINTR) return kMissing;
  char text[4608];
  const std::size_t length = status.Describe(text, sizeof text);
  return Complain(program, CodeOf(status), {{text, length}});
}

int ComplainOfSet(std::string_view program, const Status& status, const Region& region) {
  if (CodeOf(status) != kNoSpace) return ComplainOf(program, status);
  char text[4608];
  const std::string_view what(text, status.Describe(text, sizeof text));
  if (IsFileSizeLimit(status)) {
    return Complain(program, kNoSpace, {what, ". The old value is intact"});
  }
  const Text spill = region.spill_directory();
  if (spill.empty()) {
    return Complain(program, kNoSpace, {what, "; make room in ", region.task_directory(), ". The old value is intact"});
  }
  return Complain(program, kNoSpace,
                  {what, "; make room in ", region.task_directory(), " or in ", spill.view(),
                   " (OTTO_SPILL_DIR names another disk). The old value is intact"});
}

int OpenSession(const Host& host, std::string_view other_name, Session* session) {
  session->run_directory = host.variable("OTTO_SHM_DIR");
  session->task = host.variable("OTTO_TASK");
  if (!session->run_directory.empty() && !session->task.empty()) return kSuccess;
  return Complain(session->program, kUsage,
                  {"not called by a task of a run with --fast (OTTO_SHM_DIR and OTTO_TASK are not set); use ",
                   other_name, ", which works in every run"});
}

}  // namespace otto::helpers
