// A writer that another one overtakes: it is stopped after so many instructions, another process sets a key that leads
// to the same slot, and it goes on. Tried after each instruction around those that change what others see, where a gap
// between a load and the store that relies on it would be, and after every 64th of the others.
#include <fcntl.h>
#include <sys/resource.h>

#include <cstring>
#include <set>

#include "base/hash.h"
#include "kill/operations.h"
#include "kill/tracing.h"
#include "rig.h"

namespace otto::test::kill {
namespace {

constexpr char kKey[] = "key";
constexpr std::uint32_t kRivalBytes = 5000;
const std::string kTooLong(60000, 'x');  // made before anything is traced

// A key that shares the slots of the first `levels` levels with `like`, and no more.
std::string KeyBeside(const std::string& like, std::uint32_t levels) {
  const std::uint64_t wanted = KeyHash(like);
  for (std::uint32_t i = 0;; ++i) {
    std::string key = "beside-" + std::to_string(i);
    const std::uint64_t hash = KeyHash(key);
    std::uint32_t shared = 0;
    while (shared <= levels && SlotIndex(hash, shared) == SlotIndex(wanted, shared)) ++shared;
    if (shared == levels) return key;
  }
}

class CompetitorTest : public RunTest {
 protected:
  using Write = bool (*)(Region* region, const char* key);

  void SetUp() override {
    RunTest::SetUp();
    ASSERT_OK(run_.RemoveTask("build"));
    neighbour_key_ = KeyBeside(kKey, 1);
    rival_key_ = KeyBeside(kKey, 2);
  }

  // Plays `write` of the key again and again, with the rival's set after another number of instructions each time.
  void Play(const Write write) {
    std::set<std::uint64_t> stops;
    ASSERT_NO_FATAL_FAILURE(PlayOnce(write, nullptr, &stops));
    ASSERT_GT(stops.size(), 20u);
    for (const std::uint64_t stop : stops) {
      SCOPED_TRACE("overtaken after instruction " + std::to_string(stop));
      ASSERT_NO_FATAL_FAILURE(PlayOnce(write, &stop, nullptr));
      if (HasFailure()) return;
    }
  }

  // With `stop`: the rival comes then. With `stops`: nobody comes; tells where somebody should.
  void PlayOnce(const Write write, const std::uint64_t* stop, std::set<std::uint64_t>* stops) {
    Region fresh;
    ASSERT_OK(run_.CreateTask("build", {}, &fresh));
    ASSERT_OK(Put(&fresh, neighbour_key_, "the neighbour's"));
    if (!old_value_.empty()) {
      ASSERT_OK(Put(&fresh, kKey, old_value_));
    }
    Region region;
    TracedProcess writer([&] { return Region::Attach(task_directory().c_str(), Access::kWrite, &region).ok(); },
                         [&] { return write(&region, kKey); });
    ASSERT_TRUE(writer.stopped()) << "a process cannot be traced here";
    if (stops != nullptr) FindStops(&writer, stops);
    while (stop != nullptr && writer.instructions() < *stop && writer.Step()) continue;
    ASSERT_NO_FATAL_FAILURE(SetAsRival());
    ASSERT_EQ(0, writer.Finish());
    ASSERT_NO_FATAL_FAILURE(Check());
    ASSERT_OK(run_.RemoveTask("build"));
  }

  // Steps through all of it and compares what others see before and after each instruction.
  void FindStops(TracedProcess* writer, std::set<std::uint64_t>* stops) {
    const Region reader = Attach(Access::kRead);
    posix::Mapping mapping;
    const int fd = ::open(reader.path(), O_RDONLY | O_CLOEXEC);
    ASSERT_OK(posix::Mapping::Map({fd, "region", 0, kFirstFree, posix::Protection::kRead}, &mapping));
    ::close(fd);
    std::vector<std::byte> before(mapping.data(), mapping.data() + kFirstFree);
    const std::byte* data_before = nullptr;
    while (writer->Step()) {
      const std::uint64_t now = writer->instructions();
      if (now % 64 == 0) stops->insert(now);
      Value value;
      ASSERT_OK(reader.Get(kKey, &value));
      if (std::memcmp(before.data(), mapping.data(), kFirstFree) == 0 && value.data == data_before) continue;
      std::memcpy(before.data(), mapping.data(), kFirstFree);
      data_before = value.data;
      for (std::uint64_t stop = now - 6; stop <= now; ++stop) stops->insert(stop);
    }
  }

  void SetAsRival() {
    Region rival = Attach(Access::kWriteOnce);
    ASSERT_OK(Put(&rival, rival_key_, MakeValue({1, 1, kRivalBytes})));
  }

  void Check() {
    Region later = Attach(Access::kWriteOnce);
    ASSERT_OK(Put(&later, "later", std::string(200000, 'l')));
    const Region reader = Attach(Access::kRead);
    EXPECT_EQ("the neighbour's", Fetch(reader, neighbour_key_));
    EXPECT_EQ(MakeValue({1, 1, kRivalBytes}), Fetch(reader, rival_key_));
    GrowableArray<Entry> entries;
    ASSERT_OK(reader.List(&entries));
    std::uint64_t last_sequence = 0;
    for (const Entry& entry : entries) {
      EXPECT_LT(last_sequence, entry.sequence) << "two keys have one number";
      last_sequence = entry.sequence;
    }
  }

  std::string old_value_;  // empty: the key is new
  std::string neighbour_key_;
  std::string rival_key_;
};

TEST_F(CompetitorTest, NeitherOfTwoNewKeysInOneSlotIsLost) {
  Play(
      [](Region* region, const char* key) { return Put(region, key, "value").ok() && Fetch(*region, key) == "value"; });
}

TEST_F(CompetitorTest, OverwritingLosesNoKeyBeside) {
  old_value_ = "old";
  Play([](Region* region, const char* key) { return Put(region, key, "new").ok() && Fetch(*region, key) == "new"; });
}

// The set fails because of a limit of its own process, after it has reserved: what it gives back must be its own.
TEST_F(CompetitorTest, AWriterThatFindsNoSpaceGivesBackNothingOfOthers) {
  Play([](Region* region, const char* key) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{40000, 40000};
    return ::setrlimit(RLIMIT_FSIZE, &small) == 0 && !Put(region, key, kTooLong).ok();
  });
}

}  // namespace
}  // namespace otto::test::kill
