#include "arguments.h"

#include <iterator>

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

static_assert(kMajor == 1 && kMinor == 1, "Manual::version");

// The place for the name that follows this option; null when it is another option.
const char** NameOf(std::string_view option, const Manual& manual, CommandLine* line) {
  if (option == manual.variable_option) return &line->variable;
  return option == manual.array_option ? &line->array : nullptr;
}

// Takes an option that stands alone. False: it is none.
bool TakeFlag(std::string_view option, const Manual& manual, CommandLine* line) {
  if (option == manual.word_option) line->has_word_option = true;
  bool known = option == manual.word_option;
  for (std::size_t i = 0; i < std::size(manual.flags); ++i) {
    if (option == manual.flags[i]) known = line->flags[i] = true;
  }
  return known;
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
    if (TakeFlag(word, manual, &line)) continue;
    if (const char** name = NameOf(word, manual, &line); name == nullptr) {
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
      const Text named(manual.program, " (");
      const Text text(named.view(), manual.version);
      const Text line_of_it(text.view(), ")\n");
      *exit_code = Print(manual.program, line_of_it.view());
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
