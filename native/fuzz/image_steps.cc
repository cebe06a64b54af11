// The steps of a script: see Image.
#include <algorithm>
#include <cstring>

#include "base/hash.h"
#include "image.h"

namespace otto::fuzz {
namespace {

constexpr std::uint64_t kLargestValue = 20000;  // several pages

ValueType TypeFrom(std::uint8_t byte) {
  return static_cast<ValueType>(byte % 4 + 1);
}

}  // namespace

void Image::Follow(Script* script, int steps) {
  for (; steps > 0 && !script->ended(); --steps) Step(script);
}

void Image::Step(Script* script) {
  using Action = void (Image::*)(Script*);
  constexpr Action kHonest[] = {&Image::Set, &Image::Set, &Image::SetInFile, &Image::SetOddKey};
  constexpr Action kDamage[] = {&Image::ChangeRecord, &Image::ChangeSlot,   &Image::ChangeBytes,
                                &Image::ChangeHeader, &Image::ChangeLength, &Image::ChangeValueFile,
                                &Image::MendHash};
  const std::uint8_t choice = script->Byte();
  if (choice == 0xff) {
    writes_ = true;
  } else if (choice < 0x80) {
    (this->*kHonest[choice % std::size(kHonest)])(script);
  } else {
    (this->*kDamage[choice % std::size(kDamage)])(script);
    if (choice % std::size(kDamage) != 6) honest_ = false;
  }
}

void Image::Set(Script* script) {
  const std::string& key = Keys()[script->Byte() % Keys().size()];
  const std::uint8_t flags = script->Byte();
  const std::size_t segment = flags >> 7;
  if ((flags & 0x7f) == 0x7f) return Write(key, {segment, Place::kInline, 0, ValueType::kDeleted, 0});
  Write(key, {segment, Place::kInline, 0, TypeFrom(flags), script->Number() % kLargestValue});
}

void Image::SetInFile(Script* script) {
  const std::string& key = Keys()[script->Byte() % Keys().size()];
  const std::uint8_t flags = script->Byte();
  const std::size_t place = flags >> 6 & 1;
  const std::uint64_t number = 1 + script->Byte() % (kFileNumbers - 1);
  File& file = value_files_[place][number];
  if (file.exists) return;  // a number is used once
  file.exists = true;
  file.length = script->Number() % kMaxFileBytes;
  const std::size_t records = records_.size();
  Write(key, {static_cast<std::size_t>(flags >> 7), place == 0 ? Place::kFile : Place::kSpilled, number,
              TypeFrom(flags), file.length});
  if (records_.size() == records) return;
  file.bytes.resize(std::min<std::uint64_t>(file.length, 8192));
  for (std::uint64_t i = 0; i < file.bytes.size(); ++i)
    file.bytes[i] = static_cast<std::byte>(ValueByte(records_.back(), i));
}

// Bytes that no table of keys would hold; they need not be UTF-8.
void Image::SetOddKey(Script* script) {
  std::string key(1 + script->Below(40), 'o');
  for (char& c : key) c = static_cast<char>(script->Byte());
  const bool plain = std::all_of(key.begin(), key.end(), [](char c) { return c > 0; });
  if (!plain) honest_ = false;
  Write(key, {0, Place::kInline, 0, ValueType::kBytes, script->Number() % 200});
}

// The word of something that is there, or of nothing.
std::uint64_t Image::AnyWord(Script* script) {
  const std::uint8_t kind = script->Byte();
  const std::size_t index = script->Byte();
  if (kind % 4 == 0 && !records_.empty()) return records_[index % records_.size()];
  if (kind % 4 == 1 && !nodes_.empty()) return nodes_[index % nodes_.size()];
  if (kind % 4 == 2) return script->Number();
  return 64 * script->Below(kMaxImageBytes / 64) | (kind >> 7) | std::uint64_t{kind >> 6 & 1u} << kSlotSegmentShift;
}

void Image::ChangeRecord(Script* script) {
  if (records_.empty()) return;
  RecordHeader* record = RecordAt(records_[script->Byte() % records_.size()]);
  switch (script->Byte() % 10) {
    case 0:
      record->previous = AnyWord(script);
      break;
    case 1:
      record->sequence = script->Number();
      break;
    case 2:
      record->key_hash = script->Number();
      break;
    case 3:
      record->value_bytes = script->Number();
      break;
    case 4:
      record->key_bytes = static_cast<std::uint32_t>(script->Number());
      break;
    case 5:
      record->type = script->Byte();
      break;
    case 6:
      record->place = script->Byte();
      break;
    case 7:
      record->file_number = script->Number();
      break;
    case 8:
      record->record_bytes = script->Number();
      break;
    default:
      record->reserved_56 = script->Number();
  }
}

void Image::ChangeSlot(Script* script) {
  const std::uint8_t which = script->Byte();
  const std::uint64_t node = nodes_.empty() ? 0 : nodes_[script->Byte() % nodes_.size()] & ~kSlotIsNode;
  std::uint64_t* slot = SlotOf(kRootOffset, SlotIndex(KeyHash(Keys()[which % Keys().size()]), 0));
  if (which % 4 == 1) slot = SlotOf(kRootOffset, script->Below(std::uint64_t{1} << kRootBits));
  if (which % 4 > 1 && node != 0) slot = SlotOf(node, script->Byte() % 64);
  *slot = AnyWord(script);
}

void Image::ChangeBytes(Script* script) {
  std::vector<std::byte>& bytes = segments_[script->Byte() % kSegments].bytes;
  std::uint64_t at = script->Number();
  for (std::uint64_t count = 1 + script->Byte() % 16; count > 0; --count, ++at) {
    const auto byte = static_cast<std::byte>(script->Byte());
    if (at < bytes.size()) bytes[at] = byte;
  }
}

void Image::ChangeHeader(Script* script) {
  RegionHeader* h = header();
  std::atomic<std::uint64_t>* words[] = {&h->tail, &h->next_sequence, &h->next_value_file, &h->spill_tail, &h->charged};
  const std::uint8_t which = script->Byte();
  if (which < 0xf0) {
    *words[which % std::size(words)] = script->Number();
  } else if (which < 0xf8) {
    h->state = static_cast<std::uint32_t>(script->Number());
  } else {
    reinterpret_cast<std::byte*>(h)[script->Byte()] = static_cast<std::byte>(script->Byte());
  }
}

void Image::ChangeLength(Script* script) {
  File& file = segments_[script->Byte() % kSegments];
  file.length = script->Number() % kMaxFileBytes;
  file.exists = script->Byte() % 8 != 7;
}

void Image::ChangeValueFile(Script* script) {
  const std::uint8_t which = script->Byte();
  File& file = value_files_[which % kPlaces][which / kPlaces % kFileNumbers];
  file.exists = script->Byte() % 4 != 3;
  file.length = script->Number() % kMaxFileBytes;
}

// Makes a damaged record one that is found under the key that it now has.
void Image::MendHash(Script* script) {
  if (records_.empty() || honest_) return;
  const std::uint64_t word = records_[script->Byte() % records_.size()];
  RecordHeader* record = RecordAt(word);
  const auto* text = reinterpret_cast<const char*>(record + 1);
  const std::uint64_t length = record->key_bytes;
  if (At(word, kRecordHeaderBytes + length) == nullptr || length > kMaxKeyBytes) return;
  record->key_hash = KeyHash({text, length});
  Link(word, std::string(text, length), word >> kSlotSegmentShift);
}

}  // namespace otto::fuzz
