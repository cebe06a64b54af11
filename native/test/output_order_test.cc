// The order of bash's OUTPUT. test/clients/output-order.test.ts compares it with the files store's.
#include "bash/output_order.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace otto::bash {
namespace {

std::vector<std::string> Order(std::vector<const char*> keys, std::string_view script) {
  GrowableArray<Element> elements;
  for (const char* key : keys) EXPECT_TRUE(elements.Append({key, "", kNowhere}));
  PutInOrder(&elements, script);
  std::vector<std::string> order;
  for (const Element& element : elements) order.emplace_back(element.key);
  return order;
}

using Keys = std::vector<std::string>;

TEST(OutputOrder, KeysStandWhereTheScriptSpellsThemFirst) {
  const char* script = "OUTPUT[z]=1; OUTPUT[\"a b\"]=2\nOUTPUT['$c']=3 OUTPUT[z]=4; OUTPUT[\"\\$d\"]=5";
  EXPECT_EQ((Keys{"z", "a b", "$c", "$d"}), Order({"$d", "$c", "a b", "z"}, script));
}

TEST(OutputOrder, OtherKeysFollowInNaturalOrder) {
  EXPECT_EQ((Keys{"b", "a9", "a010", "a10", "c"}), Order({"c", "a010", "a10", "a9", "b"}, "OUTPUT[b]=; OUTPUT[$k]="));
}

TEST(OutputOrder, OnlyWholeWordsCount) {
  EXPECT_EQ((Keys{"a", "b"}), Order({"b", "a"}, "MYOUTPUT[b]=1 OUTPUT[a]=2"));
  EXPECT_EQ((Keys{"a", "b"}), Order({"b", "a"}, "OUTPUT[\"b]=1 OUTPUT['b"));
}

TEST(OutputOrder, IsThatOfUtf16) {
  EXPECT_EQ((Keys{"\xed\x9f\xbf", "\xf0\x90\x80\x80", "\xee\x80\x80", "\xef\xbf\xbd"}),
            Order({"\xef\xbf\xbd", "\xee\x80\x80", "\xf0\x90\x80\x80", "\xed\x9f\xbf"}, ""));
}

}  // namespace
}  // namespace otto::bash
