// What otto answers on a socket, as somebody else could make it up: whatever comes, the reader ends, and no value is
// taken that is not as long as it says.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "core/answer_reader.h"

namespace {

using otto::socket_protocol::AnswerKind;

int Rewound(int fd) {
  if (::ftruncate(fd, 0) != 0 || ::lseek(fd, 0, SEEK_SET) != 0) std::abort();
  return fd;
}

// What comes after one answer. False: the connection is of no use any more.
bool TakeBody(otto::AnswerReader* reader, const otto::Answer& answer, int output) {
  if (answer.kind == AnswerKind::kEntries) {
    otto::GrowableArray<char> body;
    return reader->ReadBody(100, &body).ok() && body.size() <= 100;
  }
  if (answer.kind != AnswerKind::kValue) return true;
  const otto::Status moved = reader->MoveBody(answer.bytes, {Rewound(output), "output"});
  if (moved.ok() && static_cast<std::uint64_t>(::lseek(output, 0, SEEK_END)) != answer.bytes) std::abort();
  return moved.ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int input = ::memfd_create("input", MFD_CLOEXEC);
  static const int output = ::memfd_create("output", MFD_CLOEXEC);
  if (::write(Rewound(input), data, size) != static_cast<ssize_t>(size) || ::lseek(input, 0, SEEK_SET) != 0) return 0;
  otto::AnswerReader reader({input, "socket"});
  // Half of the inputs are taken to have got over the greeting.
  if (size % 2 == 0 && !reader.ReadGreeting().ok()) return 0;
  otto::Answer answer;
  while (reader.ReadAnswer(&answer).ok() && TakeBody(&reader, answer, output)) {
  }
  return 0;
}
