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

// The place for the name that follows this option; null when it is another option.
const char** NameOf(std::string_view option, const Manual& manual, CommandLine* line) {
  if (option == manual.variable_option) return &line->variable;
  return option == manual.array_option ? &line->array : nullptr;
}

CommandLine::Kind KindOf(std::string_view option) {
  if (option == "--help" || option == "-h") return CommandLine::Kind::kHelp;
  return option == "--version" ? CommandLine::Kind::kVersion : CommandLine::Kind::kUnknownOption;
}

}  // namespace

CommandLine ParseArguments(int argc, char** argv, const Manual& manual) {
  CommandLine line;
  int next = 1;
  for (; next < argc; ++next) {
    const std::string_view word = argv[next];
    if (word.size() < 2 || word[0] != '-') break;
    if (word == "--") {
      ++next;
      break;
    }
    line.option = word;
    if (word == manual.word_option) {
      line.has_word_option = true;
    } else if (const char** name = NameOf(word, manual, &line); name == nullptr) {
      line.kind = KindOf(word);
      return line;
    } else if (next + 1 == argc) {
      line.kind = CommandLine::Kind::kNameMissing;
      return line;
    } else {
      *name = argv[++next];
    }
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
    case CommandLine::Kind::kNameMissing:
      *exit_code = Complain(manual.program, kUsage, {"option ", line.option, " needs the name of a variable"});
      return true;
  }
  return false;
}

}  // namespace otto::helpers
