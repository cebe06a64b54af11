#include "core/checksum.h"

#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <random>

#include "core/utf8.h"
#include "posix/shared_object.h"
#include "rig.h"

namespace otto::test {
namespace {

bool IsUtf8(std::string_view text) {
  return DigestOf(AsBytes(text)).utf8;
}

TEST(Checksum, IsXxh3With128BitsInCanonicalHex) {
  EXPECT_STREQ("99aa06d3014798d86001c324468d497f", DigestOf({}).xxh128);
  EXPECT_STREQ("06b05ab6733a618578af5f94892f3950", DigestOf(AsBytes("abc")).xxh128);
}

TEST(Utf8, AcceptsEveryKindOfCharacter) {
  for (const char* text : {"", "plain", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                           "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
}

TEST(Utf8, RefusesWhatIsOverlongASurrogateTooHighOrCutOff) {
  for (const char* text :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3x"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
    EXPECT_FALSE(IsUtf8(std::string(100, 'a') + text));
    EXPECT_FALSE(IsUtf8(std::string(37, 'a') + text + std::string(100, 'a')));
  }
}

TEST(Utf8, MayCutCharactersAnywhereBetweenItsParts) {
  const std::string text = std::string(31, 'a') + "\xf0\x9f\x98\x80\xe2\x82\xac\xc3\xa9" + std::string(40, 'b');
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Utf8Check check;
    const auto* data = reinterpret_cast<const unsigned char*>(text.data());
    check.Feed(data, cut);
    check.Feed(data + cut, text.size() - cut);
    EXPECT_TRUE(check.valid()) << cut;
  }
}

class CopyTest : public ::testing::Test {
 protected:
  void SetUp() override { directory_ = NewTemporaryDirectory("/tmp"); }
  void TearDown() override { RemoveEverything(directory_); }
  std::string Path(const char* name) const { return directory_ + "/" + name; }

  std::string directory_;
};

// Small files are read; large ones are mapped and hashed by a thread of its own.
class CopySizeTest : public CopyTest, public ::testing::WithParamInterface<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Sizes, CopySizeTest, ::testing::Values(0, 1, 700001, 4 << 20, (9 << 20) + 1));

TEST_P(CopySizeTest, CopiesAndHashesInOnePass) {
  std::mt19937 random(3);
  std::string data(GetParam(), '\0');
  for (char& c : data) c = static_cast<char>(random() | 0x80);
  std::ofstream(Path("from"), std::ios::binary) << data;
  Digest digest;
  ASSERT_OK(CopyAndHash(Path("from").c_str(), Path("to").c_str(), &digest));
  std::ifstream copy(Path("to"), std::ios::binary);
  EXPECT_EQ(data, std::string(std::istreambuf_iterator<char>(copy), {}));
  EXPECT_STREQ(DigestOf(AsBytes(data)).xxh128, digest.xxh128);
  EXPECT_EQ(data.size(), digest.bytes);
  EXPECT_EQ(data.empty(), digest.utf8);
}

TEST_F(CopyTest, HashesWithoutACopy) {
  std::ofstream(Path("from")) << "abc";
  Digest digest;
  ASSERT_OK(CopyAndHash(Path("from").c_str(), nullptr, &digest));
  EXPECT_STREQ("06b05ab6733a618578af5f94892f3950", digest.xxh128);
  EXPECT_TRUE(digest.utf8);
}

TEST_F(CopyTest, NeverReplacesAFileAndLeavesNoHalf) {
  std::ofstream(Path("from")) << "abc";
  std::ofstream(Path("to")) << "old";
  Digest digest;
  EXPECT_EQ(EEXIST, CopyAndHash(Path("from").c_str(), Path("to").c_str(), &digest).error_number());
  EXPECT_EQ(3u, std::filesystem::file_size(Path("to")));
  EXPECT_EQ(ENOENT, CopyAndHash(Path("none").c_str(), Path("new").c_str(), &digest).error_number());
  EXPECT_FALSE(std::filesystem::exists(Path("new")));
  EXPECT_CODE(kForeign, CopyAndHash(directory_.c_str(), nullptr, &digest));
}

TEST_F(CopyTest, RemovesTheCopyWhenTheDiskIsFull) {
  std::ofstream(Path("from")) << "abc";
  Digest digest;
  EXPECT_FALSE(CopyAndHash(Path("from").c_str(), "/dev/full", &digest).ok());
  EXPECT_TRUE(std::filesystem::exists("/dev/full"));
}

// A process that cuts the source off once the copy has begun.
template <typename HasBegun>
pid_t CutOffOnceBegun(const std::string& source, const HasBegun& has_begun) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    while (!has_begun()) ::sched_yield();
    ::_exit(::truncate(source.c_str(), 0));
  }
  return child;
}

TEST_F(CopyTest, ASourceThatIsCutOffMeanwhileIsCorruptAndNamed) {
  const std::string source = Path("from");
  std::ofstream(source).close();
  ASSERT_EQ(0, ::truncate(source.c_str(), off_t{256} << 20));
  const pid_t cutter = CutOffOnceBegun(source, [this] {
    struct stat copy {};
    return ::stat(Path("to").c_str(), &copy) == 0 && copy.st_size > 0;
  });
  Digest digest;
  const Status copied = CopyAndHash(source.c_str(), Path("to").c_str(), &digest);
  EXPECT_EQ("cannot read " + source + ": the file became shorter while it was copied", Words(copied));
  EXPECT_FALSE(std::filesystem::exists(Path("to")));
  int status = 1;
  EXPECT_EQ(cutter, ::waitpid(cutter, &status, 0));
  EXPECT_EQ(0, status);
}

TEST_F(CopyTest, AnObjectThatIsCutOffWhileItIsHashedIsCorrupt) {
  constexpr std::uint64_t kBytes = 256 << 20;
  const std::string stub = Path("stub");
  posix::Descriptor object;
  ASSERT_OK(posix::CreateObjectAt({posix::kWorkingDirectory, stub.c_str(), stub.c_str()}, kBytes, &object));
  const std::string bytes = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(object.get());
  const pid_t cutter = CutOffOnceBegun(bytes, [&object] {
    struct stat info {};
    return ::fstat(object.get(), &info) == 0 && info.st_blocks > 0;  // reading a hole through a mapping fills it
  });
  Digest digest;
  EXPECT_CODE(kCorrupt, CopyObjectAndHash({stub.c_str(), kBytes, nullptr}, &digest));
  int status = 1;
  EXPECT_EQ(cutter, ::waitpid(cutter, &status, 0));
  EXPECT_EQ(0, status);
  EXPECT_OK(posix::RemoveStubAt({posix::kWorkingDirectory, stub.c_str(), stub.c_str()}, nullptr));
}

}  // namespace
}  // namespace otto::test
