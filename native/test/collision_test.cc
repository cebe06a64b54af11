// Built with a hash whose bits 12 to 59 are 0: every two keys of one root slot share a chain on the deepest level.
#include <cstring>
#include <ctime>

#include "base/hash.h"
#include "core/check.h"
#include "core/trie.h"
#include "rig.h"

namespace otto::test {
namespace {

static_assert(kKeyHashMask == 0xf000000000000fffULL);

// Keys that all lead to the same slot of the root table.
std::vector<std::string> CollidingKeys(std::size_t count) {
  std::vector<std::string> keys;
  for (std::uint32_t i = 0; keys.size() < count; ++i) {
    char key[5];
    for (int digit = 0; digit < 5; ++digit) key[digit] = static_cast<char>('0' + (i >> 6 * digit & 63));
    if (SlotIndex(KeyHash({key, sizeof key}), 0) == 7) keys.emplace_back(key, sizeof key);
  }
  return keys;
}

class CollisionTest : public RunTest {
 protected:
  Storage OpenStorage() {
    Storage storage;
    EXPECT_OK(posix::OpenPrivateDirectory(task_directory().c_str(), &directory_));
    EXPECT_OK(Storage::Open({directory_.get(), "region", region_.path()}, posix::OpenMode::kReadWrite, &storage));
    return storage;
  }
  // Copies the record of the slot's chain to a new place in front of it, as an overwriting set would.
  void LengthenChain(Slot* slot, const std::byte* base, std::uint32_t by) {
    const std::uint64_t first = slot->load();
    RecordHeader header;
    std::memcpy(&header, base + first, sizeof header);
    std::vector<std::byte> record(header.record_bytes);
    std::memcpy(record.data(), base + first, record.size());
    Storage storage = OpenStorage();
    std::uint64_t at = RoundUp(region_.file_bytes(), 64);
    while (!storage.InOnePiece(at, by * record.size())) at = PartAt(at).end();
    std::vector<std::byte> all;
    for (std::uint32_t i = 0; i < by; ++i) {
      const std::uint64_t previous = i == 0 ? first : at + (i - 1) * record.size();
      std::memcpy(record.data(), &previous, sizeof previous);
      all.insert(all.end(), record.begin(), record.end());
    }
    const posix::Piece piece(all);
    ASSERT_OK(storage.Write(at, {&piece, 1}));
    slot->store(at + (by - 1) * record.size());
  }

  // Replaces the chain that the keys lead to: each of them was set `rounds` times, in turn, to the number of the round.
  void WriteChain(const std::vector<std::string>& keys, std::size_t rounds) {
    constexpr std::size_t kBytes = 2 * kRecordHeaderBytes;
    const SegmentFile file(0, OpenStorage());
    Storage storage = OpenStorage();
    const std::size_t count = keys.size() * rounds;
    std::uint64_t at = RoundUp(region_.file_bytes(), 64);
    while (!storage.InOnePiece(at, count * kBytes)) at = PartAt(at).end();
    std::vector<std::byte> all(count * kBytes);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string& key = keys[i % keys.size()];
      const std::uint64_t value = i / keys.size();
      RecordHeader header{};
      header.previous = i == 0 ? 0 : at + (i - 1) * kBytes;
      header.sequence = 1 + i % keys.size();
      header.key_hash = KeyHash(key);
      header.value_bytes = sizeof value;
      header.key_bytes = static_cast<std::uint32_t>(key.size());
      header.type = static_cast<std::uint8_t>(ValueType::kBytes);
      header.record_bytes = kBytes;
      std::byte* to = all.data() + i * kBytes;
      std::memcpy(to, &header, sizeof header);
      std::memcpy(to + sizeof header, key.data(), key.size());
      std::memcpy(to + ValueOffset(key.size(), sizeof value), &value, sizeof value);
    }
    const posix::Piece piece(all);
    ASSERT_OK(storage.Write(at, {&piece, 1}));
    Spot spot;
    ASSERT_EQ(nullptr, Walk(Segments(file, nullptr), Key(keys.front()), &spot));
    ASSERT_EQ(kDeepestLevel, spot.level);
    spot.slot->store(at + (count - 1) * kBytes);
    auto* region = reinterpret_cast<RegionHeader*>(file.base());
    region->tail.store(at + count * kBytes);
    region->next_sequence.store(1 + keys.size());
  }

  posix::Descriptor directory_;
};

TEST_F(CollisionTest, ChainsOfTheDeepestLevelHoldEveryKey) {
  const std::vector<std::string> keys = CollidingKeys(50);
  for (const std::string& key : keys) ASSERT_OK(Put(&region_, key, "value of " + key));
  for (const std::string& key : keys) EXPECT_EQ("value of " + key, Fetch(region_, key));
  EXPECT_EQ(keys, Keys(region_));
}

TEST_F(CollisionTest, OverwritingInsideAChainKeepsOrderAndNeighbours) {
  const std::vector<std::string> keys = CollidingKeys(5);
  for (const std::string& key : keys) ASSERT_OK(Put(&region_, key, "1"));
  ASSERT_OK(Put(&region_, keys[1], "2"));
  ASSERT_OK(Put(&region_, keys[4], "3"));
  ASSERT_OK(region_.Delete(keys[2], nullptr));
  EXPECT_EQ("2", Fetch(region_, keys[1]));
  EXPECT_EQ("3", Fetch(region_, keys[4]));
  EXPECT_EQ("<absent>", Fetch(region_, keys[2]));
  EXPECT_EQ((std::vector<std::string>{keys[0], keys[1], keys[3], keys[4]}), Keys(region_));
}

TEST_F(CollisionTest, AChainThatIsFullTakesNoMoreAndStaysReadable) {
  const std::vector<std::string> keys = CollidingKeys(2);
  ASSERT_OK(Put(&region_, keys[0], "first"));
  ASSERT_OK(Put(&region_, keys[1], "again"));
  const SegmentFile file(0, OpenStorage());
  const Key key(keys[1]);
  Spot spot;
  ASSERT_EQ(nullptr, Walk(Segments(file, nullptr), key, &spot));
  LengthenChain(spot.slot, file.base(), kMaxChainRecords - 3);
  EXPECT_OK(Put(&region_, keys[1], "again"));
  EXPECT_CODE(kTooLarge, Put(&region_, keys[1], "too much"));
  EXPECT_EQ("first", Fetch(region_, keys[0]));
  EXPECT_EQ("again", Fetch(region_, keys[1]));
}

// Who compares each record of a chain with each takes seconds for one such chain.
TEST_F(CollisionTest, AFullChainOfManyKeysIsListedAtOnce) {
  constexpr std::uint64_t kRounds = 4;
  const std::vector<std::string> keys = CollidingKeys(kMaxChainRecords / kRounds);
  ASSERT_OK(Put(&region_, keys[0], "makes the nodes"));
  ASSERT_OK(Put(&region_, keys[1], "above the chain"));
  WriteChain(keys, kRounds);
  const Region reader = Attach(Access::kRead);
  GrowableArray<Entry> entries;
  CheckReport report;
  const std::clock_t begin = std::clock();
  ASSERT_OK(reader.List(&entries));
  ASSERT_OK(CheckRegion(task_directory().c_str(), &report));
  EXPECT_LT(std::clock() - begin, 2 * CLOCKS_PER_SEC) << "of processor time, of which 0.1 s is the rule";
  ASSERT_EQ(keys.size(), entries.size());
  EXPECT_EQ(keys.size(), report.keys);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    std::uint64_t value = 0;
    std::memcpy(&value, entries[i].value.data, sizeof value);
    ASSERT_EQ(keys[i], entries[i].key);
    ASSERT_EQ(kRounds - 1, value) << "an old value of " << keys[i];
  }
}

TEST_F(CollisionTest, ManyKeysInManyChains) {
  for (int i = 0; i < 20000; ++i) ASSERT_OK(Put(&region_, "n" + std::to_string(i), std::to_string(i)));
  for (int i = 0; i < 20000; i += 37) EXPECT_EQ(std::to_string(i), Fetch(region_, "n" + std::to_string(i)));
  EXPECT_EQ(20000u, Keys(region_).size());
}

}  // namespace
}  // namespace otto::test
