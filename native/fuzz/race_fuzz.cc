// Reads a region while another thread, through descriptors of its own, cuts, lengthens and overwrites its files.
#include <unistd.h>

#include <atomic>
#include <thread>

#include "ground.h"
#include "witness.h"

namespace otto::fuzz {
namespace {

constexpr int kMaxSteps = 60;
constexpr std::size_t kMaxStrikes = 24;
constexpr int kReadings = 2;
constexpr std::uint64_t kMaxLength = 256 << 10;

struct Strike {
  enum class Kind : std::uint8_t { kCut, kRestore, kWord, kBytes };

  Kind kind;
  std::size_t file;
  std::uint64_t at;
  std::uint64_t word;
};

constexpr std::size_t kFiles = kSegments + kPlaces * (kFileNumbers - 1);

class Vandal {
 public:
  Vandal(const Ground& ground, const Image& image) : image_(image) {
    for (std::size_t i = 0; i < kSegments; ++i) fds_[i] = ground.OpenSegment(i);
    for (std::size_t i = kSegments; i < kFiles; ++i) fds_[i] = ground.OpenValueFile(PlaceOf(i), NumberOf(i));
  }
  ~Vandal() {
    for (const int fd : fds_) {
      if (fd >= 0) ::close(fd);
    }
  }
  void Plan(Script* script) {
    while (!script->ended() && strikes_.size() < kMaxStrikes) {
      const auto kind = static_cast<Strike::Kind>(script->Byte() % 4);
      strikes_.push_back({kind, script->Byte() % kFiles, script->Number() % kMaxLength, script->Number()});
    }
  }
  void StrikeUntil(const std::atomic<bool>& done) const {
    while (!done.load(std::memory_order_relaxed)) {
      for (const Strike& strike : strikes_) Do(strike);
    }
  }

 private:
  static std::size_t PlaceOf(std::size_t file) { return (file - kSegments) / (kFileNumbers - 1); }
  static std::size_t NumberOf(std::size_t file) { return 1 + (file - kSegments) % (kFileNumbers - 1); }

  void Do(const Strike& strike) const {
    const int fd = fds_[strike.file];
    if (fd < 0) return;
    switch (strike.kind) {
      case Strike::Kind::kCut:
        Done(::ftruncate(fd, static_cast<off_t>(strike.at)));
        break;
      case Strike::Kind::kRestore:
        Restore(strike.file, fd);
        break;
      case Strike::Kind::kWord:
        Done(::pwrite(fd, &strike.word, sizeof strike.word, static_cast<off_t>(strike.at & ~7ULL)));
        break;
      case Strike::Kind::kBytes:
        Done(::pwrite(fd, &strike.word, 3, static_cast<off_t>(strike.at)));
    }
  }
  void Restore(std::size_t file, int fd) const {
    const Image::File& from =
        file < kSegments ? image_.segment(file) : image_.value_file(PlaceOf(file), NumberOf(file));
    Done(::ftruncate(fd, static_cast<off_t>(from.length)));
    Done(::pwrite(fd, from.bytes.data(), std::min<std::uint64_t>(from.bytes.size(), from.length), 0));
  }
  static void Done(ssize_t result) { Require(result >= 0, "a file cannot be changed"); }

  const Image& image_;
  int fds_[kFiles];
  std::vector<Strike> strikes_;
};

}  // namespace
}  // namespace otto::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otto::fuzz;
  Script script({data, size});
  Image image;
  image.Follow(&script, 1 + static_cast<int>(script.Byte()) % kMaxSteps);
  Ground& ground = Ground::Get();
  ground.Lay(image);
  Vandal vandal(ground, image);
  vandal.Plan(&script);
  std::atomic<bool> done{false};
  std::thread thread([&] { vandal.StrikeUntil(done); });
  for (int i = 0; i < kReadings; ++i) ReadEverything(ground.task_directory());
  done.store(true, std::memory_order_relaxed);
  thread.join();
  return 0;
}
