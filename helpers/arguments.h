// The helpers' command lines. Options come before the first word; "--" ends them; "-" alone is a word.
#pragma once

#include <span>
#include <string_view>

namespace otto::helpers {

// What a helper is called, what it says about itself, and which options it knows besides --help and --version.
struct Manual {
  std::string_view program;
  std::string_view help;
  std::string_view variable_option;  // takes the name of a shell variable: "-v", or empty
  std::string_view array_option;     // takes the name of an associative array: "-A"
  std::string_view word_option;      // takes nothing, and tells what the words mean: "--from", "--list"
  std::string_view flags[3] = {};    // take nothing: "--wait"
  std::string_view version = "shared-memory format 1.1";  // what it is a version of
};

struct CommandLine {
  enum class Kind { kRun, kHelp, kVersion, kUnknownOption, kNameMissing };

  Kind kind = Kind::kRun;
  std::string_view option;         // the last one: which is unknown, or lacks its name
  const char* variable = nullptr;  // of variable_option
  const char* array = nullptr;     // of array_option
  bool has_word_option = false;
  bool flags[3] = {};
  std::span<char*> words;
};

CommandLine ParseArguments(int argc, char** argv, const Manual& manual);

// Handles everything but kRun: prints and returns true, with the code to exit with.
bool Answered(const CommandLine& line, const Manual& manual, int* exit_code);

}  // namespace otto::helpers
