#include "core/value_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "rig.h"

namespace otto::test {
namespace {

class ValueFileTest : public RunTest {
 protected:
  bool Exists(const std::string& name) const { return ::access((task_directory() + "/" + name).c_str(), F_OK) == 0; }
  void WriteFile(const std::string& name, const std::string& text) const {
    const std::string path = task_directory() + "/" + name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), 0600);
  }
};

TEST_F(ValueFileTest, ALargeValueGetsAFileOfItsOwn) {
  const std::string large(1048577, 'L');
  ASSERT_OK(Put(&region_, "large", large));
  Value value;
  ASSERT_OK(region_.Get("large", &value));
  EXPECT_EQ(Place::kFile, value.place);
  EXPECT_EQ(nullptr, value.data);
  EXPECT_EQ(task_directory() + "/1.value", region_.ValueFilePath(value).c_str());
  EXPECT_EQ(large, Fetch(region_, "large"));
}

TEST_F(ValueFileTest, AViewOutlivesRegionAndName) {
  const std::string large(3000000, 'V');
  ASSERT_OK(Put(&region_, "large", large));
  Value value;
  ASSERT_OK(region_.Get("large", &value));
  posix::Mapping view;
  ASSERT_OK(region_.MapValue(value, {4097, 2000000}, &view));
  region_.Close();
  ASSERT_OK(run_.Remove());
  EXPECT_EQ(std::string(2000000, 'V'), std::string(reinterpret_cast<const char*>(view.data()), view.size()));
  EXPECT_FALSE(view.damaged());
}

TEST_F(ValueFileTest, AFileThatIsNotPublishedIsUnlinked) {
  {
    ValueFile file;
    ASSERT_OK(region_.NewValueFile(&file));
    ASSERT_OK(file.Append(AsBytes("half")));
    EXPECT_TRUE(Exists("1.value"));
  }
  EXPECT_FALSE(Exists("1.value"));
}

TEST_F(ValueFileTest, OverwritingKeepsTheOldFileForItsReaders) {
  ASSERT_OK(Put(&region_, "key", std::string(1500000, '1')));
  Value old;
  ASSERT_OK(region_.Get("key", &old));
  ASSERT_OK(Put(&region_, "key", std::string(1500001, '2')));
  posix::Descriptor file;
  EXPECT_OK(region_.OpenValueFile(old, &file));
  EXPECT_EQ(std::string(1500001, '2'), Fetch(region_, "key"));
}

TEST_F(ValueFileTest, AdoptsAFileOfTheTask) {
  WriteFile("77-1.value", "spooled");
  ASSERT_OK(region_.AdoptFile({"key", ValueType::kJson, "77-1.value"}));
  EXPECT_EQ("spooled", Fetch(region_, "key"));
  EXPECT_FALSE(Exists("77-1.value"));
}

TEST_F(ValueFileTest, AdoptsNothingThatIsNotAPlainFileOfTheTask) {
  EXPECT_CODE(kUsage, region_.AdoptFile({"key", ValueType::kRaw, "../lock"}));
  EXPECT_CODE(kUsage, region_.AdoptFile({"key", ValueType::kRaw, "region"}));
  EXPECT_CODE(kUsage, region_.AdoptFile({"key", ValueType::kRaw, ""}));
  ASSERT_EQ(0, ::symlink("/etc/passwd", (task_directory() + "/link.value").c_str()));
  EXPECT_CODE(kForeign, region_.AdoptFile({"key", ValueType::kRaw, "link.value"}));
  EXPECT_TRUE(::access((task_directory() + "/link.value").c_str(), F_OK) == 0);
  EXPECT_EQ("<absent>", Fetch(region_, "key"));
}

TEST_F(ValueFileTest, PassesOverNamesThatAreTaken) {
  WriteFile("1.value", "planted");
  ASSERT_OK(Put(&region_, "key", std::string(2000000, 'x')));
  Value value;
  ASSERT_OK(region_.Get("key", &value));
  EXPECT_EQ(2u, value.file_number);
}

TEST_F(ValueFileTest, AChangedLengthIsCorrupt) {
  ASSERT_OK(Put(&region_, "key", std::string(2000000, 'x')));
  CutOff(task_directory() + "/1.value", 1999999);
  Value value;
  ASSERT_OK(region_.Get("key", &value));
  posix::Descriptor file;
  EXPECT_CODE(kCorrupt, region_.OpenValueFile(value, &file));
  posix::Mapping view;
  EXPECT_CODE(kCorrupt, region_.MapValue(value, {0, 10}, &view));
}

TEST_F(ValueFileTest, AViewOfATruncatedFileShowsZerosAndSaysSo) {
  ASSERT_OK(Put(&region_, "key", std::string(2000000, 'x')));
  Value value;
  ASSERT_OK(region_.Get("key", &value));
  posix::Mapping view;
  ASSERT_OK(region_.MapValue(value, {0, 2000000}, &view));
  CutOff(task_directory() + "/1.value", 0);
  EXPECT_EQ(std::byte{0}, view.data()[1500000]);
  EXPECT_TRUE(view.damaged());
}

TEST_F(ValueFileTest, RefusesFilesThatAreNotTheTasksOwn) {
  ASSERT_OK(Put(&region_, "key", std::string(2000000, 'x')));
  Value value;
  ASSERT_OK(region_.Get("key", &value));
  const std::string path = task_directory() + "/1.value";
  posix::Descriptor file;
  ASSERT_EQ(0, ::chmod(path.c_str(), 0644));
  EXPECT_CODE(kForeign, region_.OpenValueFile(value, &file));
  ASSERT_EQ(0, ::chmod(path.c_str(), 0600));
  ASSERT_EQ(0, ::link(path.c_str(), (path + ".link").c_str()));
  EXPECT_OK(region_.OpenValueFile(value, &file));  // a value that was forwarded has several
  ASSERT_EQ(0, ::unlink(path.c_str()));
  ASSERT_EQ(0, ::symlink((path + ".link").c_str(), path.c_str()));
  EXPECT_CODE(kForeign, region_.OpenValueFile(value, &file));
  ASSERT_EQ(0, ::unlink(path.c_str()));
  ASSERT_EQ(0, ::mkfifo(path.c_str(), 0600));
  EXPECT_CODE(kForeign, region_.OpenValueFile(value, &file));
}

TEST_F(ValueFileTest, HoldsMoreThanFourGiB) {
  ValueFile file;
  ASSERT_OK(region_.NewValueFile(&file));
  constexpr std::uint64_t kBytes = (std::uint64_t{4} << 30) + 1;
  ASSERT_EQ(1, ::pwrite(file.fd(), "!", 1, static_cast<off_t>(kBytes - 1)));  // sparse: costs one page
  ASSERT_OK(region_.PublishFile("huge", ValueType::kRaw, &file));
  Value value;
  ASSERT_OK(region_.Get("huge", &value));
  EXPECT_EQ(kBytes, value.bytes);
  std::byte last{};
  ASSERT_OK(region_.Read(value, kBytes - 1, {&last, 1}));
  EXPECT_EQ('!', static_cast<char>(last));
  posix::Mapping view;
  ASSERT_OK(region_.MapValue(value, {kBytes - 1, 1}, &view));
  EXPECT_EQ('!', static_cast<char>(view.data()[0]));
}

}  // namespace
}  // namespace otto::test
