// Writers that are programs of their own.
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "../rig.h"
#include "telling_value.h"
#include "writers.h"

namespace otto::test::kill {
namespace {

enum class Input : std::uint8_t { kArgument, kFile, kPipe };

const char* NameOf(Input input) {
  switch (input) {
    case Input::kArgument:
      return "otto-mmap-set VALUE";
    case Input::kFile:
      return "otto-mmap-set <file";
    case Input::kPipe:
      return "otto-mmap-set <pipe";
  }
  return "";
}

void SetEnvironment(const Assignment& assignment) {
  ::setenv("OTTO_SHM_DIR", assignment.run_path.c_str(), 1);
  ::setenv("OTTO_TASK", "build", 1);
}

// A file of the value, at its beginning.
int FileOf(const std::string& value) {
  const int fd = ::memfd_create("value", MFD_CLOEXEC);
  const Status written = posix::WriteAll({fd, "value"}, AsBytes(value));
  return written.ok() && ::lseek(fd, 0, SEEK_SET) == 0 ? fd : -1;
}

// The reading end of a pipe that a process fills with the value.
int PipeOf(const std::string& value) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return -1;
  if (::fork() == 0) {
    ::close(ends[0]);
    const Status ignored = posix::WriteAll({ends[1], "pipe"}, AsBytes(value));
    ::_exit(0);
  }
  ::close(ends[1]);
  return ends[0];
}

// A process for each value. All are in the process group of the one that starts them, so that one kill(2) takes them at
// once.
class HelperWriter : public WriterProgram {
 public:
  HelperWriter(std::string helper, Input input) : helper_(std::move(helper)), input_(input) {}
  std::string name() const override { return NameOf(input_); }

  void Run(const Assignment& assignment) const override {
    SetEnvironment(assignment);
    const std::vector<std::uint32_t> lengths = UsualLengths();
    Tally& tally = assignment.ledger->tally();
    for (std::uint32_t i = 0; i < NumbersOf(assignment.keys); ++i) {
      const std::uint32_t key = assignment.first_key + i % assignment.keys;
      const std::uint32_t number = assignment.first_number + i;
      if (IsDelete(key, number)) continue;  // a helper deletes nothing
      std::uint32_t length = lengths[(number + assignment.seed) % lengths.size()];
      if (input_ == Input::kArgument && length > 100000) length = 100000;
      assignment.ledger->line(key).begun.store(number, std::memory_order_release);
      const int ended = SetOne(KeyName(key), MakeValue({key, number, length}));
      if (ended == 0) ++tally.committed;
      if (ended == 0) assignment.ledger->line(key).committed.store(number, std::memory_order_release);
      if (ended == 3) ++tally.refused;
      if (ended != 0 && ended != 3) {
        ++(ended == 128 + SIGBUS ? tally.faults : tally.failed);
        assignment.ledger->Note(name() + " ended with " + std::to_string(ended));
        break;
      }
    }
    for (;;) ::pause();
  }

 private:
  int SetOne(const std::string& key, const std::string& value) const {
    int input = -1;
    if (input_ == Input::kFile) input = FileOf(value);
    if (input_ == Input::kPipe) input = PipeOf(value);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    if (input >= 0) ::posix_spawn_file_actions_adddup2(&actions, input, 0);
    // That there is no space would be said very often; the exit code says it, too.
    ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    std::vector<char*> words = {const_cast<char*>(helper_.c_str()), const_cast<char*>(key.c_str())};
    if (input < 0) words.push_back(const_cast<char*>(value.c_str()));
    words.push_back(nullptr);
    pid_t child = -1;
    const int failed = ::posix_spawn(&child, helper_.c_str(), &actions, nullptr, words.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (input >= 0) ::close(input);
    int status = 0;
    if (failed != 0 || ::waitpid(child, &status, 0) != child) return 127;
    while (input_ == Input::kPipe && ::waitpid(-1, nullptr, 0) > 0) continue;  // who filled the pipe
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  std::string helper_;
  Input input_;
};

class External : public WriterProgram {
 public:
  External(std::string name, std::vector<std::string> command) : name_(std::move(name)), command_(std::move(command)) {}
  std::string name() const override { return name_; }
  bool reports_by_pipe() const override { return true; }

  void Run(const Assignment& assignment) const override {
    SetEnvironment(assignment);
    std::vector<std::string> words = command_;
    std::string lengths;
    for (const std::uint32_t length : UsualLengths()) lengths += (lengths.empty() ? "" : ",") + std::to_string(length);
    for (const std::string& word :
         {assignment.task_directory, std::to_string(assignment.first_key), std::to_string(assignment.keys),
          std::to_string(assignment.first_number), lengths}) {
      words.push_back(word);
    }
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::dup2(assignment.out, 1);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }

 private:
  std::string name_;
  std::vector<std::string> command_;
};

}  // namespace

WriterList HelperWriters(const std::string& path_of_otto_mmap_set) {
  static const HelperWriter argument(path_of_otto_mmap_set, Input::kArgument);
  static const HelperWriter file(path_of_otto_mmap_set, Input::kFile);
  static const HelperWriter pipe(path_of_otto_mmap_set, Input::kPipe);
  return {&argument, &file, &pipe};
}

const WriterProgram* ExternalWriter(const std::string& name, const std::vector<std::string>& command) {
  static std::vector<std::unique_ptr<External>> made;
  return made.emplace_back(std::make_unique<External>(name, command)).get();
}

}  // namespace otto::test::kill
