// The helpers as users call them: arguments, standard streams, environment, exit codes.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "rig.h"

namespace otto::test {
namespace {

struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
};

class HelpersTest : public RunTest {
 protected:
  void SetUp() override {
    RunTest::SetUp();
    scratch_ = NewTemporaryDirectory("/tmp");
    const std::string_view inputs[] = {"build"};
    ASSERT_OK(run_.CreateTask("pack", inputs, &pack_));
    ::setenv("OTTO_SHM_DIR", run_.path(), 1);
    ::setenv("OTTO_TASK", "build", 1);
    ::setenv("SET", OTTO_MMAP_SET, 1);
    ::setenv("GET", OTTO_MMAP_GET, 1);
  }
  void TearDown() override {
    RunTest::TearDown();
    RemoveEverything(scratch_);
  }
  // Runs a line of sh, with $SET and $GET, in the scratch directory.
  Outcome Sh(const std::string& line) const {
    const std::string command = "cd " + scratch_ + " && { " + line + "\n} >out 2>err";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), File("out"), File("err")};
  }
  // As other processes can change it.
  void* MapHeader() const {
    const posix::Descriptor bytes(OpenBytes(region_.path()));
    return ::mmap(nullptr, kHeaderBytes, PROT_READ | PROT_WRITE, MAP_SHARED, bytes.get(), 0);
  }
  std::string File(const std::string& name) const {
    std::ifstream file(scratch_ + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string scratch_;
  Region pack_;
};

#define EXPECT_SAYS(text, outcome) EXPECT_NE(std::string::npos, (outcome).err.find(text)) << (outcome).err

TEST_F(HelpersTest, SetInAllItsForms) {
  EXPECT_EQ(0,
            Sh("$SET a 1; printf 2 | $SET b; printf 3 | $SET c -; $SET build d 4; $SET -- -e 5; $SET f ''").exit_code);
  for (const auto& [key, value] : {std::pair{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}, {"-e", "5"}, {"f", ""}}) {
    EXPECT_EQ(value, Fetch(region_, key)) << key;
  }
}

TEST_F(HelpersTest, KeepsExactBytes) {
  EXPECT_EQ(0, Sh("printf 'a\\0b\\n\\377\\n' | $SET key").exit_code);
  const Outcome got = Sh("$GET build key");
  EXPECT_EQ(0, got.exit_code);
  EXPECT_EQ(std::string("a\0b\n\xff\n", 6), got.out);
  Value value;
  ASSERT_OK(region_.Get("key", &value));
  EXPECT_EQ(ValueType::kRaw, value.type);
}

TEST_F(HelpersTest, MovesValuesOfAnySizeThroughAnyKindOfStream) {
  const std::string line =
      "for n in 0 1 65536 1048576 1048577 5000000; do head -c $n /dev/urandom >v; "
      "cat v | $SET p && $SET f <v && $SET c - <v; "
      "$GET build p | cmp - v && $GET build f >w && cmp w v && { printf x; $GET build c; } >w && "
      "{ printf x; cat v; } | cmp - w || exit 9; printf y >w; $GET build p >>w; tail -c +2 w | cmp - v || exit 8; done";
  const Outcome moved = Sh(line);
  EXPECT_EQ(0, moved.exit_code) << moved.out << moved.err;
}

TEST_F(HelpersTest, ReadsAFileFromWhereItStands) {
  EXPECT_EQ(
      0, Sh("head -c 3000000 /dev/zero | tr '\\0' q >v; { head -c 0; dd bs=1000000 count=1 of=/dev/null 2>/dev/null; "
            "$SET rest; } <v")
             .exit_code);
  EXPECT_EQ(std::string(2000000, 'q'), Fetch(region_, "rest"));
}

TEST_F(HelpersTest, GetsOnlyFromItselfAndItsInputs) {
  ASSERT_OK(Put(&region_, "key", "of build"));
  ::setenv("OTTO_TASK", "pack", 1);
  EXPECT_EQ("of build", Sh("$GET build key").out);
  ASSERT_OK(Put(&pack_, "own", "mine"));
  EXPECT_EQ("mine", Sh("$GET pack own").out);
  ::setenv("OTTO_TASK", "build", 1);
  const Outcome refused = Sh("$GET pack own");
  EXPECT_EQ(2, refused.exit_code);
  EXPECT_SAYS("\"build\" does not depend on \"pack\"", refused);
}

TEST_F(HelpersTest, SetsOnlyItsOwnValues) {
  const Outcome refused = Sh("$SET pack key value");
  EXPECT_EQ(2, refused.exit_code);
  EXPECT_SAYS("a task sets only its own values", refused);
}

TEST_F(HelpersTest, AMissingKeyNamesThoseThatAre) {
  EXPECT_SAYS("has set no values", Sh("$GET build none"));
  for (int i = 0; i < 20; ++i) ASSERT_OK(Put(&region_, "k" + std::to_string(i), "v"));
  const Outcome missing = Sh("$GET build none");
  EXPECT_EQ(1, missing.exit_code);
  EXPECT_EQ("", missing.out);
  EXPECT_SAYS("no key \"none\"; it has: k0, k1,", missing);
  EXPECT_SAYS("k11, ...", missing);
  EXPECT_EQ(std::string::npos, missing.err.find("k12"));
}

TEST_F(HelpersTest, WrongUsageIsExit2) {
  for (const char* line :
       {"$SET", "$SET a b c d", "$GET build", "$GET a b c", "$SET --nope", "$SET ''", "$GET build ''"}) {
    EXPECT_EQ(2, Sh(std::string(line) + " </dev/null").exit_code) << line;
  }
}

TEST_F(HelpersTest, OutsideOfAFastRunTheyNameWhatWorksEverywhere) {
  const Outcome set = Sh("unset OTTO_SHM_DIR; $SET a b");
  EXPECT_EQ(2, set.exit_code);
  EXPECT_SAYS("otto.set", set);
  const Outcome get = Sh("unset OTTO_TASK; $GET a b");
  EXPECT_EQ(2, get.exit_code);
  EXPECT_SAYS("otto.get", get);
}

TEST_F(HelpersTest, HelpAndVersionNeedNoRun) {
  const Outcome help = Sh("unset OTTO_SHM_DIR; $SET --help && $GET --help");
  EXPECT_EQ(0, help.exit_code);
  EXPECT_NE(std::string::npos, help.out.find("usage: otto-mmap-get"));
  EXPECT_EQ("otto-mmap-set (shared-memory format 1.1)\n", Sh("$SET --version").out);
}

TEST_F(HelpersTest, ADamagedOrForeignRegionIsExit4AndNamed) {
  ASSERT_OK(Put(&region_, "key", "v"));
  auto* header = static_cast<unsigned char*>(MapHeader());
  header[0] = 'X';
  const Outcome corrupt = Sh("$GET build key");
  EXPECT_EQ(4, corrupt.exit_code);
  EXPECT_SAYS(region_.path(), corrupt);
  header[0] = 'O';
  header[8] = 2;
  EXPECT_EQ(4, Sh("$SET key v").exit_code);
  header[8] = 1;
  ::munmap(header, kHeaderBytes);
  ASSERT_EQ(0, ::chmod(region_.path(), 0666));
  EXPECT_EQ(4, Sh("$GET build key").exit_code);
}

TEST_F(HelpersTest, AFileSizeLimitIsNamedAndLeavesTheOldValueAndNoFile) {
  ASSERT_OK(Put(&region_, "key", "old"));
  const Outcome full = Sh("ulimit -f 2000; head -c 5000000 /dev/zero | $SET key");
  EXPECT_EQ(3, full.exit_code) << full.err;
  EXPECT_SAYS("ulimit -f", full);
  EXPECT_EQ("old", Fetch(region_, "key"));
  EXPECT_FALSE(std::filesystem::exists(task_directory() + "/1.value"));
}

TEST_F(HelpersTest, GetSaysThatAFileMayNotBecomeSoLarge) {
  ASSERT_OK(Put(&region_, "key", std::string(3000000, 'v')));
  ASSERT_OK(Put(&region_, "short", std::string(900000, 'v')));
  for (const char* key : {"key", "short"}) {
    const Outcome cut = Sh(std::string("ulimit -f 200; $GET build ") + key + " >copy");
    EXPECT_EQ(3, cut.exit_code);
    EXPECT_SAYS("ulimit -f", cut);
  }
}

TEST_F(HelpersTest, AReaderThatLeavesEarlyIsNoNews) {
  ASSERT_OK(Put(&region_, "key", std::string(8000000, 'x')));
  const Outcome cut = Sh("$GET build key | head -c 10");
  EXPECT_EQ("xxxxxxxxxx", cut.out);
  EXPECT_EQ("", cut.err);
}

TEST_F(HelpersTest, AnEndedTaskTakesNothingMore) {
  ASSERT_OK(region_.Seal());
  const Outcome late = Sh("$SET key v");
  EXPECT_EQ(2, late.exit_code);
  EXPECT_SAYS("the task has ended", late);
}

}  // namespace
}  // namespace otto::test
