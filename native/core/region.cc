#include "core/region.h"

#include <cerrno>
#include <cstring>

#include "core/run_paths.h"
#include "posix/shared_object.h"

namespace otto {
namespace {

constexpr char kRegionName[] = "region";
constexpr char kUnfinishedName[] = ".region.new";

Status VersionStatus(const char* detail, const char* path) {
  return Status(Failure{StatusCode::kVersion, "use", path, 0, detail});
}

Status WriteHeader(const Region::Birth& birth, Storage* to) {
  alignas(64) std::byte bytes[kHeaderBytes] = {};
  auto* header = reinterpret_cast<RegionHeader*>(bytes);
  std::memcpy(header->magic, kMagic, sizeof kMagic);
  header->major = kMajor;
  header->minor = kMinor;
  header->header_bytes = kHeaderBytes;
  header->root_offset = kRootOffset;
  header->root_bits = kRootBits;
  header->node_bits = kNodeBits;
  header->run_hash = birth.run_hash;
  header->task_hash = birth.task_hash;
  header->reader_features = kFeatureSpill;
  header->backend = static_cast<std::uint32_t>(birth.backend);
  header->created_ns = posix::RealTimeNanoseconds();
  header->tail.store(kFirstFree, std::memory_order_relaxed);
  header->next_sequence.store(1, std::memory_order_relaxed);
  header->next_value_file.store(1, std::memory_order_relaxed);
  header->spill_tail.store(kFirstFreeSpilled, std::memory_order_relaxed);
  const posix::Piece piece(bytes);
  return to->Write(0, {&piece, 1});
}

}  // namespace

// Where a task's directory is looked for.
struct TaskPlace {
  int run_fd;
  std::string_view run_path;
  std::string_view task_name;
};

Status Region::OpenDirectory(const TaskPlace& place) {
  const Text name(place.task_name);
  directory_path_ = Text::Path(place.run_path, place.task_name);
  path_ = Text::Path(directory_path_.view(), kRegionName);
  return posix::OpenPrivateDirectoryAt({place.run_fd, name.c_str(), task_directory()}, &directory_);
}

Status Region::OpenIn(const TaskPlace& place, Storage* storage) {
  Status opened = OpenDirectory(place);
  if (!opened.ok()) return opened;
  const auto mode = access_ == Access::kRead ? posix::OpenMode::kRead : posix::OpenMode::kReadWrite;
  return Storage::Open({directory_.get(), kRegionName, path()}, mode, storage);
}

// In the run's directory, else in the spill directory that it names.
Status Region::Open(const char* task_directory, Storage* storage) {
  const SplitPath task(task_directory);
  posix::Descriptor run_fd;
  Status opened = OpenRun(task.parent, &run_fd);
  if (!opened.ok()) return opened;
  opened = OpenIn({run_fd.get(), task.parent, task.name}, storage);
  if (opened.error_number() != ENOENT) return opened;
  Text spill_path;
  Status read = SpillTarget(run_fd.get(), task.parent, &spill_path);
  if (!read.ok() || spill_path.empty()) return read.ok() ? static_cast<Status&&>(opened) : static_cast<Status&&>(read);
  posix::Descriptor spill_fd;
  read = OpenRun(spill_path.view(), &spill_fd);
  if (read.ok()) read = OpenIn({spill_fd.get(), spill_path.view(), task.name}, storage);
  // What is missing is missing where the caller has looked.
  return read.error_number() == ENOENT ? static_cast<Status&&>(opened) : static_cast<Status&&>(read);
}

Status Region::Attach(const char* task_directory, Access access, Region* out) {
  out->Close();
  Region region;
  region.access_ = access;
  Storage storage;
  Status opened = region.Open(task_directory, &storage);
  if (!opened.ok()) return opened;
  region.main_ = SegmentFile(0, static_cast<Storage&&>(storage));
  if (!region.main_.Covers(kInitialBytes)) {
    return Status::Corrupt("rule 2: the file is shorter than 65,536 bytes", region.path());
  }
  const auto protection = access == Access::kRead ? posix::Protection::kRead : posix::Protection::kReadWrite;
  region.spill_.Begin(region.directory_path_.view(), protection);
  opened = region.CheckHeader();
  if (opened.ok()) *out = static_cast<Region&&>(region);
  return opened;
}

Status Region::Create(const Birth& birth, Region* out) {
  out->Close();
  Region region;
  const SplitPath task(birth.task_directory);
  posix::Descriptor run_fd;
  Status done = OpenRun(task.parent, &run_fd);
  if (done.ok()) done = region.OpenDirectory({run_fd.get(), task.parent, task.name});
  if (!done.ok()) return done;
  const posix::At unfinished{region.directory_.get(), kUnfinishedName, region.path()};
  Storage storage;
  done = Storage::Create(unfinished, birth.backend, &storage);
  if (!done.ok()) return done;
  done = storage.Allocate(0, kInitialBytes);
  if (done.ok()) done = WriteHeader(birth, &storage);
  if (done.ok()) done = posix::RenameAt(unfinished, kRegionName);
  if (done.ok()) return Attach(birth.task_directory, Access::kWrite, out);
  Status ignored = posix::RemoveStubAt(unfinished, nullptr);
  return done;
}

Status Region::CheckHeader() const {
  const RegionHeader* h = header();
  if (std::memcmp(h->magic, kMagic, sizeof kMagic) != 0) return Status::Corrupt("rule 2: not a region", path());
  if (h->major != kMajor) return VersionStatus("it has another major version than 1", path());
  if ((h->reader_features & ~kKnownReaderFeatures) != 0) {
    return VersionStatus("it needs features that version 1.1 lacks", path());
  }
  if (access_ != Access::kRead && (h->writer_features & ~kKnownWriterFeatures) != 0) {
    return VersionStatus("writing needs features that version 1.1 lacks", path());
  }
  if (h->header_bytes != kHeaderBytes || h->root_offset != kRootOffset || h->root_bits != kRootBits ||
      h->node_bits != kNodeBits || h->backend != static_cast<std::uint32_t>(main_.storage().backend())) {
    return Status::Corrupt("rule 2: the header does not describe version 1", path());
  }
  return damaged() ? DamagedStatus() : Status();
}

void Region::Close() {
  main_.Close();
  spill_.Close();
  budget_.Reset();
  directory_.Close();
}

Status Region::BrokenStatus(BrokenRule rule) const {
  if (rule == kNoMemory) return Status::FromErrno("get memory for", path(), ENOMEM);
  if (rule == kBeyondMapping) return Status(Failure{StatusCode::kTooLarge, "read", path(), 0, rule});
  if (rule == kNoSecondSegment) {
    SegmentFile* segment = nullptr;
    Status opened = spill_.OpenSegment(SpillArea::IfMissing::kFail, &segment);
    if (!opened.ok() && opened.error_number() != ENOENT) return opened;
  }
  return Status::Corrupt(rule, path());
}

Status Region::DamagedStatus() const {
  return Status::Corrupt("the file was truncated while it was in use", path());
}

bool Region::sealed() const {
  return header()->state.load(std::memory_order_acquire) != kStateOpen;
}

// A run that is on disk itself has no `.spill`.
Text Region::spill_directory() const {
  return spill_.Path();
}

std::uint64_t Region::charged_bytes() const {
  return header()->charged.load(std::memory_order_relaxed);
}

std::uint64_t Region::file_bytes() const {
  return main_.storage().file_bytes();
}

}  // namespace otto
