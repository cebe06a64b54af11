// SpillArea: what one task has on disk: its spill directory, and in it the second segment of its region
// (docs/shm-format.md, sections 3 and 6).
//
// Threads: const members are safe from any thread; there are no locks. Begin, Close and moving are not.
// Owns: descriptors and a mapping, made when they are first needed.
#pragma once

#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "core/lazy.h"
#include "core/segment_file.h"
#include "posix/descriptor.h"
#include "posix/mapping.h"

namespace otto {

class SpillArea {
 public:
  // What is not there: an error (ENOENT), or made. Nothing is made where the run has no `.spill`: ENOENT.
  enum class IfMissing : std::uint8_t { kFail, kMake };

  struct Directory {
    posix::Descriptor fd;
    Text path;
  };

  // `task_directory` is `<run>/<task>`, in shared memory.
  void Begin(std::string_view task_directory, posix::Protection protection);
  void Close();

  // Absolute path of the directory, whether it is there or not; empty without `.spill`.
  Text Path() const;
  Status Open(IfMissing if_missing, const Directory** out) const;
  Status OpenSegment(IfMissing if_missing, SegmentFile** out) const;

  // The second segment if this process has opened it already.
  SegmentFile* opened_segment() const { return segment_.get(); }
  bool damaged() const {
    const SegmentFile* segment = segment_.get();
    return segment != nullptr && segment->damaged();
  }

 private:
  Text task_directory_;
  posix::Protection protection_ = posix::Protection::kRead;
  Lazy<Directory> directory_;
  Lazy<SegmentFile> segment_;
};

}  // namespace otto
