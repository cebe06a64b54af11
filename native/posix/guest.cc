#include "posix/guest.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "posix/fork_count.h"

namespace otto::posix {
namespace {

int lowest_descriptor = 0;
GivesUp gives_up = nullptr;

struct sigaction hosts_action;
volatile sig_atomic_t is_an_error = 0;
bool installed = false;
std::uint32_t installed_at = 0;

void OnFileSize(int signal, siginfo_t* info, void* context) {
  if (is_an_error != 0) return;
  if ((hosts_action.sa_flags & SA_SIGINFO) != 0) return hosts_action.sa_sigaction(signal, info, context);
  if (hosts_action.sa_handler == SIG_IGN) return;
  if (hosts_action.sa_handler != SIG_DFL) return hosts_action.sa_handler(signal);
  ::sigaction(SIGXFSZ, &hosts_action, nullptr);
  ::raise(SIGXFSZ);  // delivered on return
}

void Install() {
  struct sigaction action {};
  action.sa_sigaction = OnFileSize;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigemptyset(&action.sa_mask);
  struct sigaction before {};
  ::sigaction(SIGXFSZ, &action, &before);
  const bool own = (before.sa_flags & SA_SIGINFO) != 0 && before.sa_sigaction == OnFileSize;
  if (!own) hosts_action = before;
}

}  // namespace

void KeepDescriptorsFrom(int lowest) {
  lowest_descriptor = lowest;
}

int PlaceDescriptor(int fd) {
  if (fd < 0 || fd >= lowest_descriptor) return fd;
  const int placed = ::fcntl(fd, F_DUPFD_CLOEXEC, lowest_descriptor);
  if (placed < 0) return fd;
  ::close(fd);
  return placed;
}

void SetGivesUp(GivesUp ask) {
  gives_up = ask;
}

bool MustGiveUp() {
  return gives_up != nullptr && gives_up();
}

FileSizeLimitIsAnError::FileSizeLimitIsAnError() {
  if (!installed || installed_at != ForkCount()) {
    CountForks();
    installed = true;
    installed_at = ForkCount();
    Install();
  }
  is_an_error = 1;
}

FileSizeLimitIsAnError::~FileSizeLimitIsAnError() {
  is_an_error = 0;
}

}  // namespace otto::posix
