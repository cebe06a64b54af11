#include "witness.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "core/check.h"

namespace otto::fuzz {
namespace {

constexpr std::uint64_t kReadAtOnce = 64 << 10;
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kMaxPagesTouched = 64;

// What damage may be answered with. Missing value files are ENOENT; lengths beyond all memory EOVERFLOW, EINVAL or
// ENOMEM.
bool IsAnswer(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
    case StatusCode::kCorrupt:
    case StatusCode::kVersion:
    case StatusCode::kForeign:
    case StatusCode::kTooLarge:
    case StatusCode::kSealed:
      return true;
    case StatusCode::kNoSpace:
      return status.error_number() == EFBIG;
    case StatusCode::kIo:
      return status.error_number() == ENOENT || status.error_number() == EOVERFLOW || status.error_number() == EINVAL ||
             status.error_number() == ENOMEM;
    case StatusCode::kUsage:
      return false;
  }
  return false;
}

void RequireAnswer(const Status& status) {
  if (IsAnswer(status)) return;
  char text[1024];
  status.Describe(text, sizeof text);
  Require(false, text);
}

void RequireOk(const Status& status) {
  if (status.ok()) return;
  char text[1024];
  status.Describe(text, sizeof text);
  Require(false, text);
}

// The sum keeps the compiler from leaving out the reads.
void Touch(const posix::Mapping& mapping) {
  volatile const std::byte* bytes = mapping.data();
  const std::uint64_t step = mapping.size() / kMaxPagesTouched / kPage * kPage + kPage;
  for (std::uint64_t at = 0; at < mapping.size(); at += step) static_cast<void>(bytes[at]);
  if (mapping.size() > 0) static_cast<void>(bytes[mapping.size() - 1]);
}

void UseValue(const Region& region, const Value& value) {
  std::vector<std::byte> copy(std::min(value.bytes, kReadAtOnce));
  RequireAnswer(region.Read(value, 0, copy));
  RequireAnswer(region.Read(value, value.bytes - copy.size(), copy));
  Require(region.Read(value, value.bytes, std::span<std::byte>(copy).first(0)).ok(), "an empty range is refused");
  std::byte more[1];
  Require(region.Read(value, value.bytes, more).code() == StatusCode::kUsage, "a range beyond the value is read");
  posix::Mapping view;
  const Status mapped = region.MapValue(value, {0, value.bytes}, &view);
  RequireAnswer(mapped);
  if (mapped.ok()) Touch(view);
  const Status last = region.MapValue(value, {value.bytes / 2, value.bytes - value.bytes / 2}, &view);
  RequireAnswer(last);
  if (last.ok()) Touch(view);
  if (value.place == Place::kInline) return;
  posix::Descriptor file;
  RequireAnswer(region.OpenValueFile(value, &file));
}

Status GetAndUse(const Region& region, std::string_view key, Value* value) {
  Status found = region.Get(key, value);
  RequireAnswer(found);
  if (found.ok() && value->found) UseValue(region, *value);
  return found;
}

bool SameValue(const Value& a, const Value& b) {
  return a.found == b.found && a.type == b.type && a.place == b.place && a.bytes == b.bytes && a.data == b.data &&
         a.file_number == b.file_number;
}

// A region that lists is sound wherever a key leads.
void CompareWithList(const Region& region, const GrowableArray<Entry>& entries) {
  for (const Entry& entry : entries) {
    if (entry.key.find('\0') != std::string_view::npos) continue;  // which cannot be asked for
    Value value;
    RequireOk(region.Get(entry.key, &value));
    Require(SameValue(value, entry.value), "get and list say different things");
  }
}

void CompareWithExpected(const Region& region, const Image& image) {
  for (const auto& [key, expected] : image.expected()) {
    Value value;
    RequireOk(region.Get(key, &value));
    Require(value.found && value.type == expected.type && value.bytes == expected.bytes, "a value is not what was set");
    std::vector<std::byte> bytes(std::min<std::uint64_t>(value.bytes, value.place == Place::kInline ? ~0ULL : 8192));
    RequireOk(region.Read(value, 0, bytes));
    for (std::uint64_t i = 0; i < bytes.size(); ++i) {
      Require(static_cast<char>(bytes[i]) == ValueByte(expected.record, i), "a byte is not what was set");
    }
  }
}

}  // namespace

void Require(bool claim, const char* what) {
  if (claim) return;
  std::fprintf(stderr, "not as it must be: %s\n", what);
  std::abort();
}

void ReadEverything(const char* task_directory) {
  Region region;
  const Status attached = Region::Attach(task_directory, Access::kRead, &region);
  RequireAnswer(attached);
  if (attached.ok()) {
    for (const std::string& key : Keys()) {
      Value value;
      const Status used = GetAndUse(region, key, &value);
      RequireAnswer(used);
    }
    GrowableArray<Entry> entries;
    RequireAnswer(region.List(&entries));
  }
  CheckReport report;
  RequireAnswer(CheckRegion(task_directory, &report));
}

void ReadAndCompare(const char* task_directory, const Image& image) {
  Region region;
  const Status attached = Region::Attach(task_directory, Access::kRead, &region);
  RequireAnswer(attached);
  CheckReport report;
  const Status checked = CheckRegion(task_directory, &report);
  RequireAnswer(checked);
  Require(attached.ok() || !checked.ok(), "a region that cannot be opened is found good");
  if (image.honest()) RequireOk(checked);
  if (!attached.ok()) return;
  for (const std::string& key : Keys()) {
    Value value;
    const Status found = GetAndUse(region, key, &value);
    if (checked.ok()) RequireOk(found);
  }
  GrowableArray<Entry> entries;
  const Status listed = region.List(&entries);
  RequireAnswer(listed);
  if (checked.ok()) RequireOk(listed);
  if (listed.ok()) CompareWithList(region, entries);
  if (checked.ok()) Require(entries.size() == report.keys, "list and check count different keys");
  if (!image.honest()) return;
  Require(entries.size() == image.expected().size(), "keys are missing or too many");
  CompareWithExpected(region, image);
}

void WriteSome(const char* task_directory, bool honest) {
  for (const Access access : {Access::kWriteOnce, Access::kWrite}) {
    Region region;
    const Status attached = Region::Attach(task_directory, access, &region);
    RequireAnswer(attached);
    if (!attached.ok()) return;
    std::size_t bytes = 0;
    for (const std::string& key : Keys()) {
      const std::string value(bytes = (bytes * 3 + 5) % 6000, 'w');
      const Status set = region.Set({key, ValueType::kString, AsBytes(value)});
      RequireAnswer(set);
      if (honest) RequireOk(set);
      Value found;
      const Status got = GetAndUse(region, key, &found);
      if (set.ok() && got.ok()) Require(found.found && found.bytes == value.size(), "what was set is not found");
    }
    const Status deleted = region.Delete(Keys()[1], nullptr);
    RequireAnswer(deleted);
    if (honest) RequireOk(deleted);
  }
  CheckReport report;
  const Status checked = CheckRegion(task_directory, &report);
  RequireAnswer(checked);
  if (honest) RequireOk(checked);
}

}  // namespace otto::fuzz
