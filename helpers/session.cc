#include "session.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/growable_array.h"
#include "base/task_name.h"
#include "posix/file.h"

namespace otto::helpers {
namespace {

constexpr int kStandardError = 2;
constexpr char kInputsName[] = "inputs";

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

ExitCode CodeOf(const Status& status) {
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

std::string_view Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

Status ReadWhole(const posix::Target& file, GrowableArray<char>* to) {
  for (;;) {
    char chunk[4096];
    std::size_t count = 0;
    Status read = posix::ReadUpTo(file, std::as_writable_bytes(std::span(chunk)), &count);
    if (!read.ok() || count == 0) return read;
    for (std::size_t i = 0; i < count; ++i) {
      if (!to->Append(chunk[i])) return Status::FromErrno("read", file.path, ENOMEM);
    }
  }
}

// Names, each ended by NUL.
bool Lists(const GrowableArray<char>& names, std::string_view wanted) {
  for (const char* name = names.begin(); name < names.end();) {
    const auto left = static_cast<std::size_t>(names.end() - name);
    const std::size_t length = ::strnlen(name, left);
    if (length == left) return false;  // not ended: cut off
    if (std::string_view(name, length) == wanted) return true;
    name += length + 1;
  }
  return false;
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
  char text[4608];
  const std::size_t length = status.Describe(text, sizeof text);
  const bool full = status.code() == StatusCode::kNoSpace;
  const std::string_view hint = full ? "; make room in /dev/shm, or run without --fast" : "";
  return Complain(program, CodeOf(status), {{text, length}, hint});
}

int OpenSession(std::string_view program, std::string_view other_name, Session* session) {
  *session = {program, Variable("OTTO_SHM_DIR"), Variable("OTTO_TASK")};
  if (!session->run_directory.empty() && !session->task.empty()) return kSuccess;
  return Complain(program, kUsage,
                  {"not called by a task of a run with --fast (OTTO_SHM_DIR and OTTO_TASK are not set); use ",
                   other_name, ", which works in every run"});
}

Text TaskDirectory(const Session& session, std::string_view task) {
  return Text::Path(session.run_directory, EncodeTaskName(task).view());
}

Status MayRead(const Session& session, std::string_view task, bool* allowed) {
  *allowed = task == session.task;
  if (*allowed) return {};
  const Text directory = TaskDirectory(session, session.task);
  const Text path = Text::Path(directory.view(), kInputsName);
  posix::Descriptor directory_fd;
  posix::Descriptor file;
  Status status = posix::OpenPrivateDirectory(directory.c_str(), &directory_fd);
  if (!status.ok()) return status;
  status = posix::OpenPrivateFileAt({directory_fd.get(), kInputsName, path.c_str()}, posix::OpenMode::kRead, &file);
  if (!status.ok()) return status;
  GrowableArray<char> names;
  status = ReadWhole({file.get(), path.c_str()}, &names);
  if (status.ok()) *allowed = Lists(names, task);
  return status;
}

}  // namespace otto::helpers
