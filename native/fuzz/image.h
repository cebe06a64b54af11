// Image: the bytes of a region, its second segment and its value files, as a script describes them.
//
// A script is a list of steps: some write what an honest writer would, hash and place included, so that a reader gets
// deep into it; others damage what is there. After honest steps alone a reader must find exactly `expected`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/layout.h"
#include "script.h"

namespace otto::fuzz {

// The keys that scripts set and readers ask for. Most lead to the same slot of the root table.
const std::vector<std::string>& Keys();

constexpr std::size_t kSegments = 2;
constexpr std::size_t kPlaces = 2;  // of value files: the task's directory and its spill directory
constexpr std::size_t kFileNumbers = 4;
constexpr std::uint64_t kMaxImageBytes = 192 << 10;
constexpr std::uint64_t kMaxFileBytes = 4 << 20;  // sparse; readers that touch all of it must not take long

struct Expected {
  ValueType type = ValueType::kRaw;
  std::uint64_t bytes = 0;
  std::uint64_t record = 0;  // its word, from which the value's bytes are made
};

// Byte `at` of the value that the record at `word` was given.
char ValueByte(std::uint64_t word, std::uint64_t at);

class Image {
 public:
  Image();

  // Takes steps until the script, or so many of them, ends.
  void Follow(Script* script, int steps);

  bool honest() const { return honest_; }
  bool writes() const { return writes_; }  // whether somebody is to write to it afterwards
  const std::map<std::string, Expected>& expected() const { return expected_; }

  // What lies on the file system: the bytes, and the file's length, which may be more or less.
  struct File {
    std::vector<std::byte> bytes;
    std::uint64_t length = 0;
    bool exists = false;
  };
  const File& segment(std::size_t i) const { return segments_[i]; }
  const File& value_file(std::size_t place, std::size_t number) const { return value_files_[place][number]; }

 private:
  struct Placement {
    std::size_t segment = 0;
    Place place = Place::kInline;
    std::uint64_t file_number = 0;
    ValueType type = ValueType::kRaw;
    std::uint64_t value_bytes = 0;
  };

  RegionHeader* header() { return reinterpret_cast<RegionHeader*>(segments_[0].bytes.data()); }
  // Null when the word names nothing inside the image.
  std::byte* At(std::uint64_t word, std::uint64_t bytes);
  RecordHeader* RecordAt(std::uint64_t word);
  std::uint64_t* SlotOf(std::uint64_t node, std::uint64_t index);
  std::uint64_t Reserve(std::size_t segment, std::uint64_t bytes);  // its word; 0: there is no room

  void Step(Script* script);
  void Set(Script* script);
  void SetInFile(Script* script);
  void SetOddKey(Script* script);
  void Write(const std::string& key, const Placement& placement);
  bool Link(std::uint64_t word, const std::string& key, std::size_t segment);
  bool Publish(std::uint64_t* slot, std::uint64_t word, std::uint32_t level);
  bool Split(std::uint64_t* slot, std::uint32_t level, std::size_t segment);

  void ChangeRecord(Script* script);
  void ChangeSlot(Script* script);
  void ChangeBytes(Script* script);
  void ChangeHeader(Script* script);
  void ChangeLength(Script* script);
  void ChangeValueFile(Script* script);
  void MendHash(Script* script);
  std::uint64_t AnyWord(Script* script);

  std::array<File, kSegments> segments_;
  std::array<std::array<File, kFileNumbers>, kPlaces> value_files_;
  std::vector<std::uint64_t> records_;
  std::vector<std::uint64_t> nodes_;
  std::map<std::string, Expected> expected_;
  bool honest_ = true;
  bool writes_ = false;
};

}  // namespace otto::fuzz
