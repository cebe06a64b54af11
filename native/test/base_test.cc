#include <cerrno>

#include "base/hash.h"
#include "base/task_name.h"
#include "core/layout.h"
#include "rig.h"

namespace otto::test {
namespace {

std::string Encoded(std::string_view name) {
  return std::string(EncodeTaskName(name).view());
}

TEST(KeyHash, IsFnv1aWithTheMurmurFinisher) {
  // FNV-1a of "" is the offset basis, of "a" 0xaf63dc4c8601ec8c; the finisher of both computed apart.
  EXPECT_EQ(0xefd01f60ba992926ULL, KeyHash(""));
  EXPECT_EQ(0x82a2a958a9bece5bULL, KeyHash("a"));
}

TEST(TaskName, KeepsPlainNames) {
  EXPECT_EQ("build", Encoded("build"));
  EXPECT_EQ("a b:c-\xc3\xa9.x", Encoded("a b:c-\xc3\xa9.x"));
}

TEST(TaskName, EscapesWhatCouldLeadElsewhere) {
  EXPECT_EQ("%2E.%2F..%2Fetc", Encoded("../../etc"));
  EXPECT_EQ("%2E.", Encoded(".."));
  EXPECT_EQ("%2E", Encoded("."));
  EXPECT_EQ("100%25", Encoded("100%"));
  EXPECT_EQ("a%0Ab%7F%00", Encoded(std::string_view("a\nb\x7f\0", 5)));
}

TEST(TaskName, EndsLongNamesWithTheirHash) {
  const std::string exact(160, 'x');
  EXPECT_EQ(exact, Encoded(exact));
  const std::string longer(161, 'x');
  EXPECT_EQ(160u, Encoded(longer).size());
  EXPECT_EQ(std::string(143, 'x') + "~", Encoded(longer).substr(0, 144));
  EXPECT_NE(Encoded(longer), Encoded(longer + "x"));
}

TEST(TaskName, NeverSplitsACharacter) {
  const std::string name = std::string(142, 'x') + "\xc3\xa9" + std::string(50, 'y');
  EXPECT_EQ(std::string(142, 'x') + "~", Encoded(name).substr(0, 143));
}

TEST(Layout, PutsValuesWhereTypedArraysMayLie) {
  EXPECT_EQ(72u, ValueOffset(1, 63));
  EXPECT_EQ(128u, ValueOffset(1, 64));
  EXPECT_EQ(64u + 2048u, ValueOffset(2048, 64));
}

TEST(Layout, LeadsEveryLevelToOtherBitsOfTheHash) {
  EXPECT_EQ(0xfffu, SlotIndex(0xfff, 0));
  EXPECT_EQ(0x3fu, SlotIndex(0x3f000, 1));
  EXPECT_EQ(0x3fu, SlotIndex(0x0fc0000000000000ULL, 8));
}

TEST(StatusWords, NameOperationSubjectAndReason) {
  EXPECT_EQ("ok", Words(Status()));
  EXPECT_EQ("cannot open /x: No such file or directory", Words(Status::FromErrno("open", "/x", ENOENT)));
  EXPECT_EQ("cannot read /x: rule 3", Words(Status::Corrupt("rule 3", "/x")));
}

TEST(StatusWords, AreCutToTheirBuffer) {
  char small[8];
  EXPECT_EQ(7u, Status::Corrupt("rule", "/x").Describe(small, sizeof small));
  EXPECT_STREQ("cannot ", small);
}

TEST(StatusCodes, FollowTheErrno) {
  for (const int full : {ENOSPC, EDQUOT}) EXPECT_CODE(kNoSpace, Status::FromErrno("write", "/x", full));
  EXPECT_CODE(kTooLarge, Status::FromErrno("write", "/x", EFBIG));
  EXPECT_CODE(kForeign, Status::FromErrno("open", "/x", ELOOP));
  EXPECT_CODE(kIo, Status::FromErrno("open", "/x", EACCES));
}

}  // namespace
}  // namespace otto::test
