#include "posix/spawn_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/growable_array.h"
#include "base/text.h"

// posix_spawn_file_actions_addchdir_np came with glibc 2.29 and musl 1.1.24, pidfd_open with Linux 5.3.
#if defined(__linux__) && defined(POSIX_SPAWN_SETSID) && defined(SYS_pidfd_open)
#ifndef __GLIBC__
#define OTTO_CAN_SPAWN
#elif __GLIBC_PREREQ(2, 34)
#define OTTO_CAN_SPAWN
#define OTTO_CAN_CLOSE_FROM
#elif __GLIBC_PREREQ(2, 29)
#define OTTO_CAN_SPAWN
#endif
#endif

namespace otto::posix {

ProcessEnd Reap(const Child& child) {
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0) {
    if (errno != EINTR) return {.code = -1};  // somebody else has collected it: nobody knows how it ended
  }
  if (WIFSIGNALED(status)) return {.signal = WTERMSIG(status)};
  return {.code = WEXITSTATUS(status)};
}

void KillAndReap(const Child& child) {
  ::kill(child.pid, SIGKILL);
  Reap(child);
}

#ifdef OTTO_CAN_SPAWN

namespace {

constexpr char kShell[] = "/bin/sh";
constexpr std::string_view kDefaultPath = "/bin:/usr/bin";

Descriptor OpenProcess(int pid) {
  return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

// What the new process does before it becomes the program.
class Setup {
 public:
  explicit Setup(const ProgramToSpawn& program) {
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_init(&actions_);
    sigset_t signals;
    sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    error_ = AddActions(program);
  }
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;
  ~Setup() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  int error() const { return error_; }

  int Spawn(const char* path, const ProgramToSpawn& program, int* pid) const {
    const int error = ::posix_spawn(pid, path, &actions_, &attributes_, program.arguments, program.environment);
    return error == ENOEXEC ? SpawnByShell(path, program, pid) : error;
  }

 private:
  int AddActions(const ProgramToSpawn& program) {
    const int errors[] = {
        ::posix_spawn_file_actions_addchdir_np(&actions_, program.directory),
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0),
        ::posix_spawn_file_actions_adddup2(&actions_, program.standard_output, STDOUT_FILENO),
        ::posix_spawn_file_actions_adddup2(&actions_, program.standard_error, STDERR_FILENO),
#ifdef OTTO_CAN_CLOSE_FROM  // elsewhere it may have some that this process inherited itself
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1),
#endif
    };
    for (const int error : errors) {
      if (error != 0) return error;
    }
    return 0;
  }

  // A text file that names no interpreter is a script of the shell.
  int SpawnByShell(const char* path, const ProgramToSpawn& program, int* pid) const {
    GrowableArray<char*> arguments;
    bool complete = arguments.Append(const_cast<char*>(kShell)) && arguments.Append(const_cast<char*>(path));
    char* const* next = program.arguments;
    if (*next != nullptr) ++next;
    for (; complete && *next != nullptr; ++next) complete = arguments.Append(*next);
    if (!complete || !arguments.Append(nullptr)) return ENOMEM;
    return ::posix_spawn(pid, kShell, &actions_, &attributes_, arguments.begin(), program.environment);
  }

  posix_spawnattr_t attributes_;
  posix_spawn_file_actions_t actions_;
  int error_;
};

std::string_view PathOf(char* const* environment) {
  for (; *environment != nullptr; ++environment) {
    if (std::strncmp(*environment, "PATH=", 5) == 0) return *environment + 5;
  }
  return kDefaultPath;
}

// A look costs less than a process that finds nothing. Relative paths count from where the program starts, not from
// here.
bool IsKnownToBeAbsent(const Text& path) {
  return *path.c_str() == '/' && ::access(path.c_str(), F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

bool IsWorthAnotherTry(int error) {
  return error == ENOENT || error == ENOTDIR || error == EACCES || error == ENAMETOOLONG || error == ESTALE ||
         error == ENODEV || error == ETIMEDOUT;
}

// Not posix_spawnp, which looks in the PATH of this process.
int SpawnFromPath(const Setup& setup, const ProgramToSpawn& program, int* pid) {
  const std::string_view file = program.file;
  if (file.empty() || file.find('/') != std::string_view::npos) return setup.Spawn(program.file, program, pid);
  int result = ENOENT;
  std::string_view rest = PathOf(program.environment);
  for (bool more = true; more;) {
    const std::size_t length = rest.find(':') == std::string_view::npos ? rest.size() : rest.find(':');
    const std::string_view entry(rest.data(), length);
    more = length < rest.size();
    if (more) rest = After(rest, length + 1);
    const Text path = entry.empty() ? Text(file) : Text::Path(entry, file);
    if (IsKnownToBeAbsent(path)) continue;
    const int error = setup.Spawn(path.c_str(), program, pid);
    if (!IsWorthAnotherTry(error)) return error;
    if (result != EACCES) result = error;
  }
  return result;
}

}  // namespace

bool CanSpawnProcesses() {
  return OpenProcess(::getpid()).valid();
}

Status SpawnProcess(const ProgramToSpawn& program, Child* child) {
  const Setup setup(program);
  const int error = setup.error() != 0 ? setup.error() : SpawnFromPath(setup, program, &child->pid);
  if (error != 0) return Status::FromErrno("start", program.file, error);
  child->end = OpenProcess(child->pid);
  if (child->end.valid()) return {};
  const int reason = errno;
  KillAndReap(*child);
  return Status::FromErrno("watch", program.file, reason);
}

#else

bool CanSpawnProcesses() {
  return false;
}

Status SpawnProcess(const ProgramToSpawn& program, Child*) {
  return Status::FromErrno("start", program.file, ENOSYS);
}

#endif

}  // namespace otto::posix
