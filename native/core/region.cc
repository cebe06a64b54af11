#include "core/region.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"

namespace otto {
namespace {

constexpr char kRegionName[] = "region";
constexpr char kUnfinishedName[] = ".region.new";
constexpr std::uint64_t kMappedBytes[] = {64ULL << 30, 8ULL << 30, 1ULL << 30};

Status VersionStatus(const char* detail, const char* path) {
  return Status(Failure{StatusCode::kVersion, "use", path, 0, detail});
}

// The directory part of a path, and what follows the last slash.
struct SplitPath {
  explicit SplitPath(std::string_view path) {
    while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
    const std::size_t slash = path.rfind('/');
    name = slash == std::string_view::npos ? path : After(path, slash + 1);
    parent = slash == std::string_view::npos ? std::string_view(".") : std::string_view(path.data(), slash);
  }
  std::string_view parent;
  std::string_view name;
};

Status WriteHeader(const Region::Birth& birth, const posix::Target& to) {
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
  header->created_ns = posix::RealTimeNanoseconds();
  header->tail.store(kFirstFree, std::memory_order_relaxed);
  header->next_sequence.store(1, std::memory_order_relaxed);
  header->next_value_file.store(1, std::memory_order_relaxed);
  const posix::Piece piece(bytes);
  return posix::WriteAt(to, 0, {&piece, 1});
}

}  // namespace

// Rule 1: root and run are opened one by one, so that none of the three may be a link.
Status Region::OpenDirectory(const char* task_directory) {
  const SplitPath task(task_directory);
  const SplitPath run(task.parent);
  const Text root_path(run.parent);
  const Text run_path(task.parent);
  const Text run_name(run.name);
  const Text task_name(task.name);
  posix::Descriptor root_fd;
  posix::Descriptor run_fd;
  Status opened = posix::OpenPrivateDirectory(root_path.c_str(), &root_fd);
  if (!opened.ok()) return opened;
  opened = posix::OpenPrivateDirectoryAt({root_fd.get(), run_name.c_str(), run_path.c_str()}, &run_fd);
  if (!opened.ok()) return opened;
  directory_path_ = Text(task_directory);
  path_ = Text::Path(task_directory, kRegionName);
  return posix::OpenPrivateDirectoryAt({run_fd.get(), task_name.c_str(), task_directory}, &directory_);
}

Status Region::Attach(const char* task_directory, Access access, Region* out) {
  out->Close();
  Region region;
  region.access_ = access;
  Status opened = region.OpenDirectory(task_directory);
  if (!opened.ok()) return opened;
  const auto mode = access == Access::kRead ? posix::OpenMode::kRead : posix::OpenMode::kReadWrite;
  opened = posix::OpenPrivateFileAt({region.directory_.get(), kRegionName, region.path()}, mode, &region.file_);
  if (!opened.ok()) return opened;
  if (!region.extent_.Covers(region.file_.get(), kInitialBytes)) {
    return Status::Corrupt("rule 2: the file is shorter than 65,536 bytes", region.path());
  }
  opened = region.MapWhole();
  if (!opened.ok()) return opened;
  opened = region.CheckHeader();
  if (opened.ok()) *out = static_cast<Region&&>(region);
  return opened;
}

Status Region::Create(const Birth& birth, Region* out) {
  out->Close();
  Region region;
  Status done = region.OpenDirectory(birth.task_directory);
  if (!done.ok()) return done;
  const posix::At unfinished{region.directory_.get(), kUnfinishedName, region.path()};
  done = posix::CreateFileAt(unfinished, &region.file_);
  if (!done.ok()) return done;
  done = posix::Allocate(region.file_.get(), region.path(), 0, kInitialBytes);
  if (done.ok()) done = WriteHeader(birth, region.target());
  if (done.ok()) done = posix::RenameAt(unfinished, kRegionName);
  if (done.ok()) return Attach(birth.task_directory, Access::kWrite, out);
  Status ignored = posix::UnlinkAt(unfinished);
  return done;
}

Status Region::MapWhole() {
  const auto protection = access_ == Access::kRead ? posix::Protection::kRead : posix::Protection::kReadWrite;
  Status mapped;
  for (const std::uint64_t length : kMappedBytes) {
    mapped = posix::Mapping::Map({file_.get(), path_.c_str(), 0, length, protection}, &mapping_);
    if (mapped.ok()) break;
  }
  return mapped;
}

Status Region::CheckHeader() const {
  const RegionHeader* h = header();
  if (std::memcmp(h->magic, kMagic, sizeof kMagic) != 0) return Status::Corrupt("rule 2: not a region", path());
  if (h->major != kMajor) return VersionStatus("it has another major version than 1", path());
  if (h->reader_features != 0) return VersionStatus("it needs features that version 1.0 lacks", path());
  if (access_ != Access::kRead && h->writer_features != 0) {
    return VersionStatus("writing needs features that version 1.0 lacks", path());
  }
  if (h->header_bytes != kHeaderBytes || h->root_offset != kRootOffset || h->root_bits != kRootBits ||
      h->node_bits != kNodeBits) {
    return Status::Corrupt("rule 2: the header does not describe version 1.0", path());
  }
  return damaged() ? DamagedStatus() : Status();
}

void Region::Close() {
  mapping_.Unmap();
  file_.Close();
  directory_.Close();
}

Status Region::BrokenStatus(BrokenRule rule) const {
  return Status::Corrupt(rule, path());
}

Status Region::DamagedStatus() const {
  return Status::Corrupt("the file was truncated while it was in use", path());
}

bool Region::sealed() const {
  return header()->state.load(std::memory_order_acquire) != kStateOpen;
}

std::uint64_t Region::file_bytes() const {
  std::uint64_t bytes = 0;
  return posix::SizeOf(file_.get(), path(), &bytes).ok() ? bytes : extent_.bytes();
}

}  // namespace otto
