#include "operations.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "../rig.h"
#include "base/hash.h"
#include "core/value_file.h"

namespace otto::test::kill {
namespace {

constexpr char kSourceKey[] = "to be passed on";
constexpr std::uint32_t kClosest = 1;
constexpr std::uint32_t kLarge = kMaxInlineBytes + 1;

using Neighbour = Operation::Neighbour;

Status PlainSet(const Victim& victim) {
  return victim.region->Set({victim.key, ValueType::kString, AsBytes(victim.value)});
}

Status PlainDelete(const Victim& victim) {
  return victim.region->Delete(victim.key, nullptr);
}

Status AppendedFile(const Victim& victim) {
  ValueFile file;
  Status done = victim.region->NewValueFile(&file);
  for (std::size_t at = 0; done.ok() && at < victim.value.size(); at += 400000) {
    done = file.Append(AsBytes(victim.value.substr(at, 400000)));
  }
  if (!done.ok()) return done;
  return victim.region->PublishFile(victim.key, ValueType::kString, &file);
}

Status WriteWhole(const Victim& victim, const std::string& name) {
  const std::string path = std::string(victim.region->task_directory()) + "/" + name;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return Status::FromErrno("create", path, errno);
  Status written = posix::WriteAll({fd, path.c_str()}, AsBytes(victim.value));
  ::close(fd);
  return written;
}

Status NumberedFile(const Victim& victim) {
  std::uint64_t number = 0;
  Status done = victim.region->TakeFileNumber(&number);
  if (done.ok()) done = WriteWhole(victim, ValueFileName(number).text);
  if (done.ok()) done = victim.region->PublishNumbered(victim.key, ValueType::kString, number);
  return done;
}

Status AdoptedFile(const Victim& victim) {
  Status done = WriteWhole(victim, "made-before");
  if (done.ok()) done = victim.region->AdoptFile({victim.key, ValueType::kString, "made-before"});
  return done;
}

Status Forwarded(const Victim& victim) {
  return victim.region->Forward({victim.key, *victim.source, kSourceKey});
}

constexpr Operation kOperations[] = {
    {"insert, one record", Access::kWriteOnce, Neighbour::kNone, 0, false, 40, PlainSet},
    {"insert, reserving", Access::kWrite, Neighbour::kNone, 0, false, 40, PlainSet},
    {"insert a large record", Access::kWrite, Neighbour::kNone, 0, false, 70000, PlainSet},
    {"insert after a delete", Access::kWrite, Neighbour::kNone, 0, true, 100, PlainSet},
    {"overwrite, one record", Access::kWriteOnce, Neighbour::kNone, 100, false, 64, PlainSet},
    {"overwrite, reserving", Access::kWrite, Neighbour::kNone, 64, false, 100, PlainSet},
    {"overwrite by a large record", Access::kWriteOnce, Neighbour::kNone, 64, false, 300000, PlainSet},
    {"delete, one record", Access::kWriteOnce, Neighbour::kNone, 64, false, 0, PlainDelete},
    {"delete, reserving", Access::kWrite, Neighbour::kNone, 64, false, 0, PlainDelete},
    {"insert below one node, one record", Access::kWriteOnce, Neighbour::kSameSlot, 0, false, 100, PlainSet},
    {"insert below one node, reserving", Access::kWrite, Neighbour::kSameSlot, 0, false, 100, PlainSet},
    {"insert below two nodes", Access::kWrite, Neighbour::kSameTwoSlots, 0, false, 100, PlainSet},
    {"overwrite below two nodes", Access::kWrite, Neighbour::kSameTwoSlots, 50, false, 100, PlainSet},
    {"delete below a node", Access::kWriteOnce, Neighbour::kSameSlot, 50, false, 0, PlainDelete},
    {"set a value file", Access::kWriteOnce, Neighbour::kNone, 0, false, kLarge, PlainSet},
    {"overwrite a value file", Access::kWrite, Neighbour::kNone, kLarge, false, kLarge + 1, PlainSet},
    {"delete a value file", Access::kWrite, Neighbour::kNone, kLarge, false, 0, PlainDelete},
    {"fill a value file piece by piece", Access::kWrite, Neighbour::kNone, 64, false, kLarge, AppendedFile},
    {"publish a numbered file", Access::kWrite, Neighbour::kSameSlot, 64, false, kLarge, NumberedFile, true},
    {"adopt a file", Access::kWrite, Neighbour::kNone, 64, false, kLarge, AdoptedFile, true},
    {"forward a small value", Access::kWriteOnce, Neighbour::kNone, 64, false, 100, Forwarded},
    {"forward a value file", Access::kWrite, Neighbour::kNone, 64, false, kLarge, Forwarded},
};

// Neighbours have the keys below kNeighbours; this looks for one that shares the first slots with the closest.
std::uint32_t FindKey(Neighbour neighbour, std::uint32_t from) {
  const std::uint64_t beside = KeyHash(KeyName(kClosest));
  for (std::uint32_t key = from;; ++key) {
    const std::uint64_t hash = KeyHash(KeyName(key));
    if (neighbour == Neighbour::kNone) return key;
    if (SlotIndex(hash, 0) != SlotIndex(beside, 0)) continue;
    if ((SlotIndex(hash, 1) == SlotIndex(beside, 1)) == (neighbour == Neighbour::kSameTwoSlots)) return key;
    if (kKeyHashMask != ~0ULL) return key;  // where all hashes collide, all levels are alike
  }
}

Status SetTold(Region* region, const Telling& told) {
  return region->Set({KeyName(told.key), ValueType::kString, AsBytes(MakeValue(told))});
}

}  // namespace

std::span<const Operation> AllOperations() {
  return kOperations;
}

Status Scene::Prepare(const Situation& situation) {
  task_directory_ = situation.task_directory();
  source_directory_ = situation.source_directory();
  key_ = FindKey(operation_.neighbour, kNeighbours);
  Region region;
  Region source;
  Status done = Region::Attach(task_directory_.c_str(), Access::kWriteOnce, &region);
  if (done.ok()) done = Region::Attach(source_directory_.c_str(), Access::kWriteOnce, &source);
  for (std::uint32_t key = 0; key < kNeighbours && done.ok(); ++key) done = SetTold(&region, {key, 7, 32 + key * 5});
  const bool had_value = operation_.before_bytes != 0 || operation_.deleted_before;
  if (done.ok() && had_value) done = SetTold(&region, {key_, 1, std::max(operation_.before_bytes, 32u)});
  if (done.ok() && operation_.deleted_before) done = region.Delete(KeyName(key_), nullptr);
  if (done.ok() && operation_.run == Forwarded) {
    done = source.Set({kSourceKey, ValueType::kString, AsBytes(MakeValue({key_, 2, operation_.after_bytes}))});
  }
  return done;
}

Status Scene::OpenAsVictim() {
  Status opened = Region::Attach(task_directory_.c_str(), operation_.access, &region_);
  if (opened.ok()) opened = Region::Attach(source_directory_.c_str(), Access::kRead, &source_);
  if (operation_.after_bytes != 0) value_ = MakeValue({key_, 2, operation_.after_bytes});
  return opened;
}

Status Scene::Play() {
  return operation_.run({&region_, &source_, KeyName(key_), value_});
}

std::uint32_t Scene::NumberIn(const Region& region, std::uint32_t key, std::string* problem) const {
  Value value;
  Status got = region.Get(KeyName(key), &value);
  if (got.ok() && !value.found) return 0;
  std::string copy;
  std::span<const std::byte> bytes{value.data, value.place == Place::kInline ? value.bytes : 0};
  if (got.ok() && value.place != Place::kInline) {
    copy.resize(value.bytes);
    got = region.Read(value, 0, std::as_writable_bytes(std::span(copy)));
    bytes = std::as_bytes(std::span(copy));
  }
  if (!got.ok() || region.damaged()) *problem = KeyName(key) + ": " + Words(got);
  const std::uint32_t number = got.ok() ? NumberOf(key, bytes) : 0;
  if (got.ok() && number == 0) *problem = KeyName(key) + " is torn";
  return number;
}

Scene::Seen Scene::Look(const Region& region, std::string* problem) const {
  const std::uint32_t number = NumberIn(region, key_, problem);
  const std::uint32_t number_before = operation_.before_bytes == 0 ? 0 : 1;
  const std::uint32_t number_after = operation_.after_bytes == 0 ? 0 : 2;
  if (number != number_before && number != number_after) *problem = "the key has number " + std::to_string(number);
  return {problem->empty() && number == number_before, problem->empty() && number == number_after};
}

bool Scene::LookAtNeighbour(const Region& region, std::uint32_t key, std::string* problem) const {
  const std::uint32_t number = NumberIn(region, key, problem);
  if (problem->empty() && number != 7) *problem = "neighbour " + std::to_string(key) + " is lost";
  return problem->empty();
}

bool Scene::LookAtNeighbours(const Region& region, std::string* problem) {
  return LookAtNeighbour(region, kClosest, problem) &&
         LookAtNeighbour(region, next_neighbour_++ % kNeighbours, problem);
}

bool Scene::SetAsSurvivor(Region* region, std::string* problem) {
  const std::string value = "survived " + std::to_string(++survivals_);
  const Status set = Put(region, "survivor", value);
  if (!set.ok()) *problem = "a survivor: " + Words(set);
  if (problem->empty() && Fetch(*region, "survivor") != value) *problem = "the survivor's value is lost";
  return problem->empty();
}

}  // namespace otto::test::kill
