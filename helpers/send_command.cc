#include "arguments.h"
#include "commands.h"
#include "socket_session.h"

namespace otto::helpers {
namespace {

constexpr std::string_view kProgram = "otto-send";
constexpr std::string_view kHelp =
    "usage: otto-send [--] KEY [VALUE|-]\n"
    "       otto-send --progress DONE[/TOTAL] [TEXT]\n"
    "\n"
    "Sets the value of KEY of the task that calls it, through otto, in a run with --store socket, sqlite or redis. It "
    "is\n"
    "set when otto-send ends: tasks that wait for it (otto-recv --wait, --follow) have it from then on.\n"
    "  otto-send KEY          the value is all of standard input\n"
    "  otto-send KEY VALUE    the value is VALUE; \"-\" is standard input\n"
    "  --progress             tells how far the task is, in whole numbers, for the status line; TOTAL where it is "
    "known\n"
    "The bytes are kept exactly: no newline is added or taken away.\n"
    "\n"
    "Exit code: 0 done, 2 wrong usage, or the task has ended, 3 no space (the old value is intact),\n"
    "           4 what listens is not otto, or of another version, 1 other failures: otto has ended.\n"
    "otto.set does the same in every run, with every store.\n";
constexpr Manual kManual{kProgram, kHelp, "", "", "--progress", {}, "socket protocol 1"};
static_assert(socket_protocol::kProtocolVersion == 1, "kManual");

constexpr posix::Target kInput{0, "standard input"};
constexpr std::uint64_t kMaxCount = (std::uint64_t{1} << 53) - 1;  // the largest that every language has

int Concluded(const Status& status, const Answer& answer) {
  if (!status.ok()) return ComplainOf(kProgram, status);
  return answer.kind == socket_protocol::AnswerKind::kOk ? kSuccess : ComplainOfAnswer(kProgram, answer);
}

// Takes digits from the front. False: none, or too large a number.
bool TakeNumber(std::string_view* text, std::uint64_t* number) {
  *number = 0;
  std::size_t digits = 0;
  for (; digits < text->size() && (*text)[digits] >= '0' && (*text)[digits] <= '9'; ++digits) {
    *number = *number * 10 + static_cast<std::uint64_t>((*text)[digits] - '0');
    if (*number > kMaxCount) return false;
  }
  *text = After(*text, digits);
  return digits > 0;
}

// DONE, or DONE/TOTAL with a TOTAL above 0.
bool ReadProgress(std::string_view text, SocketClient::Progress* progress) {
  if (!TakeNumber(&text, &progress->done)) return false;
  if (text.empty()) return true;
  if (text[0] != '/') return false;
  text = After(text, 1);
  return TakeNumber(&text, &progress->total) && text.empty() && progress->total > 0;
}

int TellProgress(const CommandLine& line) {
  SocketClient::Progress progress;
  if (line.words.empty() || line.words.size() > 2 || !ReadProgress(line.words[0], &progress)) {
    return Complain(kProgram, kUsage,
                    {"give --progress DONE[/TOTAL] [TEXT], in whole numbers; otto-send --help tells more"});
  }
  if (line.words.size() == 2) progress.text = line.words[1];
  if (!IsUtf8(progress.text)) return Complain(kProgram, kUsage, {"a text is UTF-8, and this one is not"});
  SocketSession session{kProgram, {}, {}};
  const int opened = OpenSocketSession(kNeedsSocket, &session);
  if (opened != kSuccess) return opened;
  Answer answer;
  const Status told = session.client.Tell(progress, &answer);
  return Concluded(told, answer);
}

int SetValue(const CommandLine& line) {
  const std::span<char*> words = line.words;
  if (words.empty() || words.size() > 2) {
    return Complain(kProgram, kUsage, {"give KEY [VALUE|-]; otto-send --help tells more"});
  }
  const std::string_view key = words[0];
  const std::string_view value = words.size() == 2 ? words[1] : "-";
  const int checked = CheckKey(kProgram, key);
  if (checked != kSuccess) return checked;
  SocketSession session{kProgram, {}, {}};
  const int opened = OpenSocketSession("use otto.set, which works in every run", &session);
  if (opened != kSuccess) return opened;
  Answer answer;
  const Status sent = value == "-" ? session.client.SetFrom(key, kInput, &answer)
                                   : session.client.Set({key, ValueType::kRaw, AsBytes(value)}, &answer);
  return Concluded(sent, answer);
}

}  // namespace

int RunSend(int argc, char** argv) {
  const CommandLine line = ParseArguments(argc, argv, kManual);
  int exit_code = kSuccess;
  if (Answered(line, kManual, &exit_code)) return exit_code;
  return line.has_word_option ? TellProgress(line) : SetValue(line);
}

}  // namespace otto::helpers
