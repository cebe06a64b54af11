// ValueFile: the file of one large value while it is being written (docs/shm-format.md, section 5).
//
// Owns: the descriptor, and until Region::PublishFile the file itself: dropped unpublished, it is unlinked.
// Crash: a file whose writer was killed is named by no record and goes with the task's directory.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "base/text.h"
#include "core/region.h"
#include "posix/descriptor.h"

namespace otto {

// "<number>.value"
struct ValueFileName {
  explicit ValueFileName(std::uint64_t number);
  char text[32] = {};
};

class ValueFile {
 public:
  ValueFile() = default;
  ValueFile(ValueFile&& other) noexcept;
  ValueFile& operator=(ValueFile&& other) noexcept;
  ValueFile(const ValueFile&) = delete;
  ValueFile& operator=(const ValueFile&) = delete;
  ~ValueFile() { Discard(); }

  int fd() const { return fd_.get(); }
  std::uint64_t number() const { return number_; }
  const char* path() const { return path_.c_str(); }

  // Writes all of it at the descriptor's position; kNoSpace leaves it to the caller to discard the file.
  Status Append(Bytes data);
  // Unlinks and closes. Nothing happens when there is no file or it was published.
  void Discard();

 private:
  friend class Region;

  posix::Descriptor fd_;
  int directory_fd_ = -1;  // the Region's, which outlives this object
  std::uint64_t number_ = 0;
  Text path_;
};

}  // namespace otto
