#include "arguments.h"

#include "core/layout.h"
#include "posix/file.h"
#include "session.h"

namespace otto::helpers {
namespace {

constexpr int kStandardOutput = 1;

int Print(std::string_view program, std::string_view text) {
  Status written = posix::WriteAll({kStandardOutput, "standard output"}, AsBytes(text));
  return written.ok() ? kSuccess : ComplainOf(program, written);
}

static_assert(kMajor == 1 && kMinor == 1);
constexpr std::string_view kVersionText = " (shared-memory format 1.1)\n";

}  // namespace

CommandLine ParseArguments(int argc, char** argv) {
  CommandLine line;
  int next = 1;
  for (; next < argc; ++next) {
    const std::string_view word = argv[next];
    if (word == "--") {
      ++next;
      break;
    }
    if (word.size() < 2 || word[0] != '-') break;
    line.option = word;
    line.kind = CommandLine::Kind::kUnknownOption;
    if (word == "--help" || word == "-h") line.kind = CommandLine::Kind::kHelp;
    if (word == "--version") line.kind = CommandLine::Kind::kVersion;
    return line;
  }
  line.words = {argv + next, static_cast<std::size_t>(argc > next ? argc - next : 0)};
  return line;
}

bool Answered(const CommandLine& line, const Manual& manual, int* exit_code) {
  switch (line.kind) {
    case CommandLine::Kind::kRun:
      return false;
    case CommandLine::Kind::kHelp:
      *exit_code = Print(manual.program, manual.help);
      return true;
    case CommandLine::Kind::kVersion: {
      const Text text(manual.program, kVersionText);
      *exit_code = Print(manual.program, text.view());
      return true;
    }
    case CommandLine::Kind::kUnknownOption:
      *exit_code = Complain(manual.program, kUsage,
                            {"unknown option ", line.option, "; a key that begins with a dash comes after --"});
      return true;
  }
  return false;
}

}  // namespace otto::helpers
