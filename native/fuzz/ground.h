// Ground: a run directory of the fuzzer's own, with one task, on which images are laid one after the other.
//
// Owns: the directory (below $OTTO_FUZZ_DIR, or /dev/shm), until the process ends in the ordinary way.
#pragma once

#include <string>

#include "image.h"

namespace otto::fuzz {

class Ground {
 public:
  static Ground& Get();  // made when it is first asked for

  const char* task_directory() const { return task_.c_str(); }

  // Makes the files what the image says; those that it does not have are removed.
  void Lay(const Image& image);

  // A descriptor of a file that was laid, for reading and writing; -1 when there is none.
  int OpenSegment(std::size_t i) const;
  int OpenValueFile(std::size_t place, std::size_t number) const;

 private:
  Ground();
  std::string SegmentPath(std::size_t i) const;
  std::string ValueFilePath(std::size_t place, std::size_t number) const;

  std::string top_;
  std::string task_;
  std::string spill_;
  bool laid_segment_[kSegments] = {};
  bool laid_value_file_[kPlaces][kFileNumbers] = {};
};

}  // namespace otto::fuzz
