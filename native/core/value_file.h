// ValueFile: the file of one large value while it is being written (docs/shm-format.md, sections 5 and 6).
//
// It begins in shared memory. When there is no room, or the run's budget is spent, what was written moves to the task's
// spill directory under a new number, and writing goes on there. Threads: one at a time; the Region it came from must
// neither move nor close meanwhile. Owns: the descriptor, and until Region::PublishFile the file itself and what it was
// charged: dropped unpublished, the file is unlinked and the charge given back. Crash: a file whose writer was killed
// is named by no record and goes with the task's directory. With the back end of objects a plain file on disk collects
// the value, and its bytes move into an object when it is published.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "base/text.h"
#include "core/region.h"
#include "posix/descriptor.h"
#include "posix/file.h"

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

  // These change when the file moves to disk.
  int fd() const { return fd_.get(); }
  std::uint64_t number() const { return name_.number; }
  Place place() const { return name_.place; }
  const char* path() const { return path_.c_str(); }

  // The whole value will have so many bytes: takes them from the budget at once, or goes to disk before anything is
  // written.
  Status Expect(std::uint64_t bytes);
  // Writes all of it behind what was written before. kNoSpace: neither memory nor disk has room; the caller drops the
  // file.
  Status Append(Bytes data);
  // The same for everything that a pipe, file, socket or terminal still holds.
  Status CopyFrom(const posix::Target& from);
  // Unlinks and closes. Nothing happens when there is no file or it was published.
  void Discard();

 private:
  friend class Region;

  struct Name {
    Place place = Place::kFile;
    std::uint64_t number = 0;  // 0: there is no file
    int directory_fd = -1;     // the Region's
  };

  // Nothing more can be written to a link or an object.
  bool is_written() const { return !fd_.valid(); }
  void Begin(Region* region, const Name& name, Text&& path);
  posix::Target target() const { return {fd(), path()}; }
  std::uint64_t Allowance() const;
  Status MakeRoom();
  Status MoveToDisk(Status&& reason);
  Status Complete(std::uint64_t* bytes);
  void Settle(std::uint64_t bytes);
  void Release();

  Region* region_ = nullptr;
  posix::Descriptor fd_;
  Name name_;
  Text path_;
  std::uint64_t written_ = 0;
  std::uint64_t charged_ = 0;
};

}  // namespace otto
