// Region::Draft: what the writing parts of Region tell each other. Nobody else includes this.
#pragma once

#include "core/known_key.h"
#include "core/region.h"

namespace otto {

// A record that is to be written.
struct Region::Draft {
  Key key;
  ValueType type = ValueType::kRaw;
  Place place = Place::kInline;
  std::uint64_t file_number = 0;
  std::uint64_t value_bytes = 0;
  Bytes value;                // empty unless place is kInline
  KnownKey* known = nullptr;  // what is known of the key, and is learned

  std::uint64_t value_offset() const {
    return place == Place::kInline ? ValueOffset(key.text.size(), value_bytes) : kRecordHeaderBytes + key.text.size();
  }
  std::uint64_t record_bytes() const { return RoundUp(value_offset() + value.size(), kAlignment); }

  void FillHeader(RecordHeader* header) const {
    *header = RecordHeader{};
    header->key_hash = key.hash;
    header->value_bytes = value_bytes;
    header->key_bytes = static_cast<std::uint32_t>(key.text.size());
    header->type = static_cast<std::uint8_t>(type);
    header->place = static_cast<std::uint8_t>(place);
    header->file_number = file_number;
    header->record_bytes = record_bytes();
  }
};

// Bytes that this writer alone may use: a reservation of one of the segments.
struct Region::Room {
  SegmentFile* file = nullptr;  // null: none
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t charged = 0;  // of `bytes`, to the budget

  std::byte* data() const { return file->base() + offset; }
  std::uint64_t word() const { return file->WordOf(offset); }
};

// A value's file, checked; with objects it is the stub, and `object` what holds the bytes.
struct OpenedFile {
  int directory_fd = -1;  // the Region's
  std::uint64_t number = 0;
  posix::Descriptor fd;
  posix::Descriptor object;
  Text path;
  std::uint64_t bytes = 0;
};

}  // namespace otto
