// The helpers' command lines. Options come before the first word; "--" ends them; "-" alone is a word.
#pragma once

#include <span>
#include <string_view>

namespace otto::helpers {

struct CommandLine {
  enum class Kind { kRun, kHelp, kVersion, kUnknownOption };

  Kind kind = Kind::kRun;
  std::string_view option;  // kUnknownOption: which
  std::span<char*> words;
};

CommandLine ParseArguments(int argc, char** argv);

// Handles everything but kRun: prints and returns true, with the code to exit with.
struct Manual {
  std::string_view program;
  std::string_view help;
};
bool Answered(const CommandLine& line, const Manual& manual, int* exit_code);

}  // namespace otto::helpers
