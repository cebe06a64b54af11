#include "ground.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace otto::fuzz {
namespace {

void LayFile(const std::string& path, const Image::File& file, bool* there) {
  if (!file.exists) {
    if (*there) ::unlink(path.c_str());
    *there = false;
    return;
  }
  // A new file each time: what a race left mapped must not be this round's.
  if (*there) ::unlink(path.c_str());
  *there = true;
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const std::size_t count = std::min<std::uint64_t>(file.bytes.size(), file.length);
  const bool written = fd >= 0 && ::pwrite(fd, file.bytes.data(), count, 0) == static_cast<ssize_t>(count) &&
                       ::ftruncate(fd, static_cast<off_t>(file.length)) == 0;
  if (!written) std::abort();  // no place to fuzz in
  ::close(fd);
}

}  // namespace

Ground& Ground::Get() {
  static Ground* ground = new Ground();  // never destroyed: the fuzzer may still be at work while the process exits
  return *ground;
}

Ground::Ground() {
  const char* parent = std::getenv("OTTO_FUZZ_DIR");
  top_ = std::string(parent == nullptr ? "/dev/shm" : parent) + "/otto-fuzz-XXXXXX";
  if (::mkdtemp(top_.data()) == nullptr) std::abort();
  const std::string run = top_ + "/root/run";
  const std::string spilled_run = top_ + "/spill/run";
  task_ = run + "/task";
  spill_ = spilled_run + "/task";
  for (const std::string& path : {top_ + "/root", run, task_, top_ + "/spill", spilled_run, spill_}) {
    if (::mkdir(path.c_str(), 0700) != 0) std::abort();
  }
  if (::symlink(spilled_run.c_str(), (run + "/.spill").c_str()) != 0) std::abort();
  std::atexit([] { std::filesystem::remove_all(Get().top_); });
}

std::string Ground::SegmentPath(std::size_t i) const {
  return i == 0 ? task_ + "/region" : spill_ + "/region.1";
}

std::string Ground::ValueFilePath(std::size_t place, std::size_t number) const {
  return (place == 0 ? task_ : spill_) + "/" + std::to_string(number) + ".value";
}

void Ground::Lay(const Image& image) {
  for (std::size_t i = 0; i < kSegments; ++i) LayFile(SegmentPath(i), image.segment(i), &laid_segment_[i]);
  for (std::size_t place = 0; place < kPlaces; ++place) {
    for (std::size_t number = 0; number < kFileNumbers; ++number) {
      LayFile(ValueFilePath(place, number), image.value_file(place, number), &laid_value_file_[place][number]);
    }
  }
}

int Ground::OpenSegment(std::size_t i) const {
  return ::open(SegmentPath(i).c_str(), O_RDWR | O_CLOEXEC);
}

int Ground::OpenValueFile(std::size_t place, std::size_t number) const {
  return ::open(ValueFilePath(place, number).c_str(), O_RDWR | O_CLOEXEC);
}

}  // namespace otto::fuzz
