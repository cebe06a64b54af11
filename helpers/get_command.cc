#include <cerrno>

#include "arguments.h"
#include "attached.h"
#include "commands.h"
#include "core/file_view.h"
#include "listed.h"
#include "move_bytes.h"

namespace otto::helpers {
namespace {

constexpr std::string_view kProgram = "otto-mmap-get";
constexpr std::string_view kHelp =
    "usage: otto-mmap-get [-v VAR] [--] TASK KEY\n"
    "       otto-mmap-get --list FILE\n"
    "       otto-mmap-get -A ARRAY FILE\n"
    "\n"
    "Writes the value that TASK has set for KEY to standard output, in a run with --fast: exactly its bytes, no "
    "newline\n"
    "added. TASK is the calling task or one that it depends on.\n"
    "  -v VAR     (bash builtin only) assigns the value to VAR instead, without a process; VAR may be an element of "
    "an\n"
    "             array, 'NAME[KEY]'. A value with a NUL byte is refused.\n"
    "  --list     writes all values that FILE names (docs/task-protocol.md, section 3), each after its full key, and "
    "a\n"
    "             NUL after both.\n"
    "  -A ARRAY   (bash builtin only) fills the associative array with the values that FILE names.\n"
    "\n"
    "Exit code: 0 done, 1 TASK has no such key (the message names those it has) or other failures, 2 wrong usage,\n"
    "           3 no space where the value is written to, 4 the shared memory is damaged, foreign or of another "
    "version.\n"
    "otto.get does the same in every run, with --fast or without.\n";
constexpr Manual kManual{kProgram, kHelp, "-v", "-A", "--list"};

// A pipe whose reader has gone is no news to anybody: cat is as quiet about it.
int SendResult(const Status& sent) {
  if (sent.ok()) return kSuccess;
  return sent.error_number() == EPIPE ? kMissing : ComplainOf(kProgram, sent);
}

int GetValue(const Host& host, const Session& session, const CommandLine& line) {
  if (line.words.size() != 2) {
    return Complain(kProgram, kUsage, {"give TASK KEY; otto-mmap-get --help tells more"});
  }
  Region* region = nullptr;
  Value value;
  const Wanted wanted{line.words[0], line.words[1]};
  const int exit_code = Find(session, host.attached, wanted, &region, &value);
  if (exit_code != kSuccess) return exit_code;
  if (line.variable == nullptr) return SendResult(SendToOutput(*region, value));
  return host.shell->assign(session, *region, value, line.variable);
}

constexpr posix::Target kOutput{1, "standard output"};

// The full key with its NUL, the value, and a NUL.
int SendListed(const Session& session, Attached* attached, const Listed& listed) {
  Region* region = nullptr;
  Value value;
  const int found = Find(session, attached, {listed.task, listed.key}, &region, &value);
  if (found != kSuccess) return found;
  const std::string_view end_of_key(listed.full_key.data(), listed.full_key.size() + 1);
  Status sent = posix::WriteAll(kOutput, AsBytes(end_of_key));
  if (sent.ok()) sent = SendToOutput(*region, value);
  if (sent.ok()) sent = posix::WriteAll(kOutput, AsBytes(std::string_view("", 1)));
  return SendResult(sent);
}

int SendList(const Host& host, const Session& session, const CommandLine& line) {
  if (line.words.size() != 1 || line.variable != nullptr) {
    return Complain(kProgram, kUsage, {"give --list FILE; otto-mmap-get --help tells more"});
  }
  posix::Mapping file;
  Status mapped = MapFile(line.words[0], &file);
  if (!mapped.ok()) return ComplainOf(kProgram, mapped);
  std::string_view rest(reinterpret_cast<const char*>(file.data()), file.size());
  Listed listed;
  while (NextListed(&rest, &listed)) {
    const int exit_code = SendListed(session, host.attached, listed);
    if (exit_code != kSuccess) return exit_code;
  }
  return kSuccess;
}

int LoadArray(const Host& host, const Session& session, const CommandLine& line) {
  if (line.words.size() != 1 || line.variable != nullptr) {
    return Complain(kProgram, kUsage, {"give -A ARRAY FILE; otto-mmap-get --help tells more"});
  }
  return host.shell->load(session, host.attached, line.array, line.words[0]);
}

}  // namespace

int RunGet(const Host& host, int argc, char** argv) {
  const CommandLine line = ParseArguments(argc, argv, kManual);
  int exit_code = kSuccess;
  if (Answered(line, kManual, &exit_code)) return exit_code;
  if (host.shell == nullptr && (line.variable != nullptr || line.array != nullptr)) {
    return Complain(kProgram, kUsage,
                    {"only the builtin of bash can assign variables, and this is the program of the same name; write "
                     "VAR=$(otto-mmap-get TASK KEY), which drops newlines at the end"});
  }
  Session session{kProgram, {}, {}};
  exit_code = OpenSession(host, "otto.get", &session);
  if (exit_code != kSuccess) return exit_code;
  host.attached->Enter(session);
  if (line.has_word_option) return SendList(host, session, line);
  return line.array != nullptr ? LoadArray(host, session, line) : GetValue(host, session, line);
}

}  // namespace otto::helpers
