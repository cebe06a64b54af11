#include <array>

#include "rig.h"

namespace otto::test {
namespace {

class RegionTest : public RunTest {};

TEST_F(RegionTest, GivesBackExactlyWhatWasSet) {
  const std::string hostile("a\0b\n\xff$(touch x)'\"", 17);
  ASSERT_OK(Put(&region_, "key", hostile, ValueType::kBytes));
  EXPECT_EQ(hostile, Fetch(region_, "key"));
  EXPECT_EQ("<absent>", Fetch(region_, "other"));
}

TEST_F(RegionTest, KeepsEmptyValuesAndTypes) {
  ASSERT_OK(Put(&region_, "empty", "", ValueType::kJson));
  Value value;
  ASSERT_OK(region_.Get("empty", &value));
  EXPECT_TRUE(value.found);
  EXPECT_EQ(ValueType::kJson, value.type);
  EXPECT_EQ(0u, value.bytes);
}

TEST_F(RegionTest, KeepsValuesOfEverySizeAroundItsBorders) {
  for (const std::size_t size :
       {1u, 63u, 64u, 65u, 3900u, 4032u, 4096u, 65536u, 262144u, 1048575u, 1048576u, 1048577u}) {
    std::string value(size, 'v');
    value[size - 1] = static_cast<char>(size % 251);
    ASSERT_OK(Put(&region_, "sized", value));
    EXPECT_EQ(value, Fetch(region_, "sized")) << size;
  }
}

TEST_F(RegionTest, PlacesLargeInlineValuesAtMultiplesOf64) {
  ASSERT_OK(Put(&region_, "aligned", std::string(100, 'x')));
  Value value;
  ASSERT_OK(region_.Get("aligned", &value));
  EXPECT_EQ(0u, reinterpret_cast<std::uintptr_t>(value.data) % 64);
}

TEST_F(RegionTest, RefusesKeysThatTheFormatCannotHold) {
  for (const std::string_view key : {"bad\xff", "\xc3", "\xed\xa0\x80"}) {
    EXPECT_CODE(kUsage, region_.Set({key, ValueType::kRaw, AsBytes("value")}));
  }
  EXPECT_CODE(kUsage, Put(&region_, "", "v"));
  EXPECT_CODE(kUsage, Put(&region_, std::string(2049, 'k'), "v"));
  EXPECT_CODE(kUsage, Put(&region_, std::string_view("a\0b", 3), "v"));
  EXPECT_OK(Put(&region_, std::string(2048, 'k'), "v"));
  EXPECT_EQ("v", Fetch(region_, std::string(2048, 'k')));
}

TEST_F(RegionTest, ListsKeysInTheOrderInWhichTheyWereFirstSet) {
  for (const char* key : {"z", "a", "m", "z", "b"}) ASSERT_OK(Put(&region_, key, key));
  EXPECT_EQ((std::vector<std::string>{"z", "a", "m", "b"}), Keys(region_));
}

TEST_F(RegionTest, ADeletedKeyStartsAnew) {
  for (const char* key : {"a", "b"}) ASSERT_OK(Put(&region_, key, key));
  bool existed = false;
  ASSERT_OK(region_.Delete("a", &existed));
  EXPECT_TRUE(existed);
  EXPECT_EQ("<absent>", Fetch(region_, "a"));
  EXPECT_EQ((std::vector<std::string>{"b"}), Keys(region_));
  ASSERT_OK(region_.Delete("a", &existed));
  EXPECT_FALSE(existed);
  ASSERT_OK(Put(&region_, "a", "again"));
  EXPECT_EQ((std::vector<std::string>{"b", "a"}), Keys(region_));
}

TEST_F(RegionTest, HoldsAHundredThousandKeysInOrder) {
  constexpr int kCount = 100000;
  for (int i = 0; i < kCount; ++i) ASSERT_OK(Put(&region_, "key-" + std::to_string(i), std::to_string(i)));
  const Region reader = Attach(Access::kRead);
  const std::vector<std::string> keys = Keys(reader);
  ASSERT_EQ(static_cast<std::size_t>(kCount), keys.size());
  for (int i = 0; i < kCount; ++i) {
    ASSERT_EQ("key-" + std::to_string(i), keys[static_cast<std::size_t>(i)]);
    ASSERT_EQ(std::to_string(i), Fetch(reader, "key-" + std::to_string(i)));
  }
}

TEST_F(RegionTest, GrowsWithoutMovingWhatReadersHold) {
  ASSERT_OK(Put(&region_, "first", "unmoved"));
  const Region reader = Attach(Access::kRead);
  Value before;
  ASSERT_OK(reader.Get("first", &before));
  const std::string filler(1000000, 'f');
  for (int i = 0; i < 40; ++i) ASSERT_OK(Put(&region_, "filler-" + std::to_string(i), filler));
  Value after;
  ASSERT_OK(reader.Get("first", &after));
  EXPECT_EQ(before.data, after.data);
  EXPECT_EQ("unmoved", Fetch(reader, "first"));
  EXPECT_EQ(filler, Fetch(reader, "filler-39"));
}

TEST_F(RegionTest, StaysReadableWhenItsNameIsGone) {
  ASSERT_OK(Put(&region_, "key", "value"));
  const Region reader = Attach(Access::kRead);
  ASSERT_OK(run_.RemoveTask("build"));
  EXPECT_EQ("value", Fetch(reader, "key"));
}

TEST_F(RegionTest, ASealedRegionTakesNothingMore) {
  Region writer = Attach(Access::kWriteOnce);
  ASSERT_OK(Put(&region_, "key", "value"));
  ASSERT_OK(region_.Seal());
  ASSERT_OK(region_.Seal());
  EXPECT_TRUE(writer.sealed());
  EXPECT_CODE(kSealed, Put(&writer, "key", "late"));
  EXPECT_CODE(kSealed, writer.Delete("key", nullptr));
  EXPECT_EQ("value", Fetch(writer, "key"));
}

TEST_F(RegionTest, AReaderCannotWrite) {
  Region reader = Attach(Access::kRead);
  EXPECT_CODE(kUsage, Put(&reader, "key", "value"));
  EXPECT_CODE(kUsage, reader.Delete("key", nullptr));
  EXPECT_CODE(kUsage, reader.Seal());
}

TEST_F(RegionTest, WritersOfOneSetAndOfManyShareARegion) {
  Region once = Attach(Access::kWriteOnce);
  for (int i = 0; i < 500; ++i) {
    ASSERT_OK(Put(&once, "once-" + std::to_string(i), "1"));
    ASSERT_OK(Put(&region_, "many-" + std::to_string(i), "2"));
  }
  EXPECT_EQ(1000u, Keys(region_).size());
  EXPECT_EQ("1", Fetch(region_, "once-499"));
  EXPECT_EQ("2", Fetch(once, "many-499"));
}

TEST_F(RegionTest, ReadsRangesOfValues) {
  ASSERT_OK(Put(&region_, "key", "0123456789"));
  Value value;
  ASSERT_OK(region_.Get("key", &value));
  std::array<std::byte, 3> part{};
  ASSERT_OK(region_.Read(value, 7, part));
  EXPECT_EQ('9', static_cast<char>(part[2]));
  EXPECT_CODE(kUsage, region_.Read(value, 8, part));
  EXPECT_CODE(kUsage, region_.Read(value, ~std::uint64_t{0}, part));
}

TEST_F(RegionTest, MapsAnInlineValueForLongerThanItself) {
  ASSERT_OK(Put(&region_, "key", std::string(5000, 'm')));
  Value value;
  ASSERT_OK(region_.Get("key", &value));
  posix::Mapping view;
  ASSERT_OK(region_.MapValue(value, {1000, 4000}, &view));
  region_.Close();
  EXPECT_EQ(std::string(4000, 'm'), std::string(reinterpret_cast<const char*>(view.data()), view.size()));
}

TEST_F(RegionTest, AMissingTaskIsAnOrdinaryError) {
  Region region;
  const Status status = Region::Attach((std::string(run_.path()) + "/none").c_str(), Access::kRead, &region);
  EXPECT_EQ(ENOENT, status.error_number()) << Words(status);
  EXPECT_FALSE(region.is_open());
}

}  // namespace
}  // namespace otto::test
