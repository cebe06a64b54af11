// What another user, or a careless one, may have put where otto looks: it is refused, nothing in it is changed, and
// nobody waits.
//
// Another user is one for real: these tests start processes with other user ids and have to run as root.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>

#include "core/budget.h"
#include "core/check.h"
#include "core/reaper.h"
#include "core/shm_root.h"
#include "posix/directory.h"
#include "rig.h"

namespace otto::test {
namespace {

namespace fs = std::filesystem;

// Users whom no system has.
constexpr uid_t kUser = 3141592;
constexpr uid_t kOther = 2718281;

// What `act` says, done by a process of that user; "it died" when it did.
std::string As(uid_t user, const std::function<std::string()>& act) {
  std::array<int, 2> pipe{};
  EXPECT_EQ(0, ::pipe(pipe.data()));
  const pid_t child = ::fork();
  if (child == 0) {
    ::umask(0);
    const bool changed = ::setresgid(user, user, user) == 0 && ::setresuid(user, user, user) == 0;
    const std::string said = changed ? act() : "cannot become another user";
    static_cast<void>(::write(pipe[1], said.data(), said.size()));
    ::_exit(0);
  }
  ::close(pipe[1]);
  std::string said(4096, '\0');
  said.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(pipe[0], said.data(), said.size()))));
  ::close(pipe[0]);
  int status = -1;
  EXPECT_EQ(child, ::waitpid(child, &status, 0));
  return status == 0 ? said : "it died";
}

std::string CodeWord(const Status& status) {
  if (status.ok()) return "ok";
  return status.code() == StatusCode::kForeign ? "foreign" : Words(status);
}

// Everything that is done with a root: runs are made in it and swept from it. Both must say the same.
std::string UseDefaultRoot() {
  RunDirectory run;
  const std::string made = CodeWord(RunDirectory::Create({.root = "", .run = "run"}, &run));
  const std::string swept = CodeWord(Sweep("", {}));
  if (run.path()[0] != 0) static_cast<void>(run.Remove().ok());
  return made == swept ? made : "create: " + made + ", sweep: " + swept;
}

class PlantedRootTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(0, ::geteuid()) << "these tests act as other users and have to run as root";
    RemovePlanted();
  }
  void TearDown() override { RemovePlanted(); }
  void RemovePlanted() const {
    fs::remove_all(root_);
    fs::remove_all(elsewhere_);
  }
  std::string AsUser() const { return As(kUser, UseDefaultRoot); }
  void Plant(const std::function<bool(const char* path)>& plant) const {
    ASSERT_EQ("planted", As(kOther, [&] { return plant(root_.c_str()) ? "planted" : std::strerror(errno); }));
  }
  std::vector<std::string> Planted() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(root_)) names.push_back(entry.path().filename());
    return names;
  }

  const std::string root_ = "/dev/shm/otto-" + std::to_string(kUser);
  const std::string elsewhere_ = "/dev/shm/otto-test-elsewhere-" + std::to_string(kUser);
};

TEST_F(PlantedRootTest, WithoutAnythingPlantedItIsMade) {
  EXPECT_EQ(root_, As(kUser, [] { return std::string(DefaultShmRoot().c_str()); }));
  EXPECT_EQ("ok", AsUser());
  struct stat info {};
  ASSERT_EQ(0, ::lstat(root_.c_str(), &info));
  EXPECT_EQ(kUser, info.st_uid);
  EXPECT_EQ(0700u, info.st_mode & 07777) << "whatever the umask";
}

TEST_F(PlantedRootTest, AnotherUsersDirectoryIsRefused) {
  for (const mode_t mode : {0700u, 0777u, 01777u}) {
    Plant([&](const char* path) { return ::mkdir(path, 0700) == 0 && ::chmod(path, mode) == 0; });
    EXPECT_EQ("foreign", AsUser()) << std::oct << mode;
    EXPECT_TRUE(Planted().empty()) << "nothing is made in it";
    fs::remove_all(root_);
  }
}

// The other user opens the directory to this one and puts what looks like a dead run there: sweeping would remove it.
TEST_F(PlantedRootTest, RunsInAnotherUsersDirectoryAreNotSwept) {
  Plant([](const char* path) {
    const std::string run = std::string(path) + "/run-1";
    if (::mkdir(path, 0777) != 0 || ::mkdir(run.c_str(), 0777) != 0) return false;
    return ::close(::open((run + "/.lock").c_str(), O_WRONLY | O_CREAT, 0666)) == 0;
  });
  EXPECT_EQ("foreign", AsUser());
  EXPECT_EQ((std::vector<std::string>{"run-1", ".lock"}), Planted());
}

TEST_F(PlantedRootTest, ALinkIsRefusedEvenToThisUsersOwnDirectory) {
  ASSERT_EQ("made", As(kUser, [&] { return ::mkdir(elsewhere_.c_str(), 0700) == 0 ? "made" : std::strerror(errno); }));
  Plant([&](const char* path) { return ::symlink(elsewhere_.c_str(), path) == 0; });
  EXPECT_EQ("foreign", AsUser());
  EXPECT_TRUE(fs::is_empty(elsewhere_));
}

TEST_F(PlantedRootTest, WhatIsNoDirectoryIsRefusedAtOnce) {
  Plant([](const char* path) { return ::mkfifo(path, 0666) == 0; });
  EXPECT_EQ("foreign", AsUser());
  fs::remove(root_);
  Plant([](const char* path) { return ::close(::open(path, O_WRONLY | O_CREAT, 0666)) == 0; });
  EXPECT_EQ("foreign", AsUser());
}

// A run that could as well lie on disk is refused nevertheless: the user should hear of what was planted.
TEST_F(PlantedRootTest, TheDiskIsNoWayAroundWhatWasPlanted) {
  const auto create = [&] {
    RunDirectory run;
    return CodeWord(RunDirectory::Create({.root = "", .run = "run", .spill_root = elsewhere_}, &run));
  };
  Plant([](const char* path) { return ::mkdir(path, 0700) == 0; });
  EXPECT_EQ("foreign", As(kUser, create));
  fs::remove_all(root_);
  EXPECT_TRUE(fs::is_empty(elsewhere_)) << "nothing of the run that was refused is left";
  EXPECT_EQ("ok", As(kUser, create)) << "the same without anything planted";
}

TEST_F(PlantedRootTest, AnotherUsersSpillRootIsRefused) {
  const auto create = [&] {
    RunDirectory run;
    return CodeWord(RunDirectory::Create({.root = "", .run = "run", .spill_root = elsewhere_}, &run));
  };
  for (const mode_t mode : {0700u, 0777u}) {
    ASSERT_EQ("made",
              As(kOther, [&] { return ::mkdir(elsewhere_.c_str(), mode) == 0 ? "made" : std::strerror(errno); }));
    EXPECT_EQ("foreign", As(kUser, create));
    EXPECT_TRUE(fs::is_empty(elsewhere_));
    fs::remove(elsewhere_);
  }
}

TEST_F(PlantedRootTest, ARunOfOneUserIsNothingToAnother) {
  ASSERT_EQ("made", As(kUser, [] {
              RunDirectory run;
              Region region;
              if (!RunDirectory::Create({.root = "", .run = "run"}, &run).ok()) return "not made";
              if (!run.CreateTask("task", {}, &region).ok()) return "no task";
              return Put(&region, "key", "secret").ok() ? "made" : "not set";
            }));
  const std::string task = root_ + "/run/task";
  const auto look = [&] {
    Region region;
    CheckReport report;
    const Status attached = Region::Attach(task.c_str(), Access::kRead, &region);
    const Status checked = CheckRegion(task.c_str(), &report);
    const Status swept = Sweep(root_, {});
    return CodeWord(attached) + ", " + CodeWord(checked) + ", " + CodeWord(swept);
  };
  EXPECT_EQ("foreign, foreign, foreign", As(kOther, look));
  // Even who may enter, like root, takes nothing that is not its own.
  Region region;
  EXPECT_CODE(kForeign, Region::Attach(task.c_str(), Access::kRead, &region));
  EXPECT_CODE(kForeign, Sweep(root_, {}));
  EXPECT_TRUE(fs::exists(task + "/region"));
}

// --- Inside a run ---------------------------------------------------------------------------------------------------

class PlantedTest : public RunTest {
 protected:
  std::string Path(const std::string& name) const { return task_directory() + "/" + name; }
  Status Reattach(Access access) const {
    Region region;
    return Region::Attach(task_directory().c_str(), access, &region);
  }
  // Puts each thing that is not a private file at the path, one after the other, and asks what is said of it.
  void ExpectForeign(const std::string& path, const std::function<Status()>& use) const {
    const std::string target = path + "-target";
    std::ofstream(target) << "x";
    ASSERT_EQ(0, ::chmod(target.c_str(), 0600));
    const std::array<std::function<int()>, 7> plants = {
        [&] { return ::mkfifo(path.c_str(), 0600); },
        [&] { return ::symlink(target.c_str(), path.c_str()); },
        [&] { return ::symlink("nowhere", path.c_str()); },
        [&] { return ::symlink(path.c_str(), path.c_str()); },
        [&] { return ::mkdir(path.c_str(), 0700); },
        [&] { return ::mknod(path.c_str(), S_IFCHR | 0600, makedev(1, 5)); },  // /dev/zero
        [&] { return ::mknod(path.c_str(), S_IFSOCK | 0600, 0); },
    };
    for (std::size_t i = 0; i < plants.size(); ++i) {
      fs::remove_all(path);
      ASSERT_EQ(0, plants[i]()) << i;
      SCOPED_TRACE(i);
      EXPECT_CODE(kForeign, use());
    }
    fs::remove_all(path);
    fs::remove_all(target);
  }
  // An access control list that lets one more user read. What stat(2) calls the group is its mask.
  static void LetIn(const std::string& path, uid_t user) {
    struct Entry {
      std::uint16_t tag;
      std::uint16_t permissions;
      std::uint32_t id;
    };
    struct {
      std::uint32_t version = 2;
      Entry entries[5];
    } list{.entries = {{1, 6, ~0u}, {2, 4, user}, {4, 0, ~0u}, {16, 4, ~0u}, {32, 0, ~0u}}};
    ASSERT_EQ(0, ::setxattr(path.c_str(), "system.posix_acl_access", &list, sizeof list, 0)) << std::strerror(errno);
  }
};

TEST_F(PlantedTest, InPlaceOfTheRegion) {
  ExpectForeign(region_.path(), [&] { return Reattach(Access::kRead); });
  ExpectForeign(region_.path(), [&] { return Reattach(Access::kWrite); });
}

TEST_F(PlantedTest, InPlaceOfAValueFile) {
  ASSERT_OK(Put(&region_, "key", std::string(2000000, 'x')));
  Value value;
  ASSERT_OK(region_.Get("key", &value));
  const auto use = [&] {
    posix::Descriptor file;
    posix::Mapping view;
    std::byte byte{};
    const Status opened = region_.OpenValueFile(value, &file);
    EXPECT_EQ(opened.code(), region_.MapValue(value, {0, 1}, &view).code());
    EXPECT_EQ(opened.code(), region_.Read(value, 0, {&byte, 1}).code());
    CheckReport report;
    return CheckRegion(task_directory().c_str(), &report);
  };
  ExpectForeign(Path("1.value"), use);
}

TEST_F(PlantedTest, InPlaceOfAFileThatIsToBecomeAValue) {
  ExpectForeign(Path("9.value"), [&] { return region_.PublishNumbered("key", ValueType::kRaw, 9); });
  ExpectForeign(Path("spooled"), [&] { return region_.AdoptFile({"key", ValueType::kRaw, "spooled"}); });
  EXPECT_EQ("<absent>", Fetch(region_, "key"));
}

TEST_F(PlantedTest, WhereAValueFileOrARegionIsToBeMadeNothingIsFollowedOrReplaced) {
  const std::string victim = root_ + "/victim";
  std::ofstream(victim) << "precious";
  ASSERT_EQ(0, ::symlink(victim.c_str(), Path("1.value").c_str()));
  ASSERT_EQ(0, ::mkfifo(Path("2.value").c_str(), 0600));
  ASSERT_OK(Put(&region_, "key", std::string(2000000, 'x')));
  Value value;
  ASSERT_OK(region_.Get("key", &value));
  EXPECT_EQ(3u, value.file_number);
  ASSERT_EQ(0, ::symlink(victim.c_str(), Path(".region.new").c_str()));
  Region region;
  EXPECT_EQ(EEXIST, Region::Create({.task_directory = task_directory().c_str()}, &region).error_number());
  std::ifstream file(victim);
  EXPECT_EQ("precious", std::string(std::istreambuf_iterator<char>(file), {}));
  fs::remove(victim);
}

TEST_F(PlantedTest, InPlaceOfTheBudget) {
  const Text run_path(run_.path());
  posix::Descriptor run;
  ASSERT_OK(posix::OpenPrivateDirectory(run_.path(), &run));
  ExpectForeign(std::string(run_.path()) + "/.budget", [&] {
    Budget budget;
    return Budget::Open(run.get(), run_path, &budget);
  });
}

TEST_F(PlantedTest, InPlaceOfTheSpillDirectory) {
  const std::string link = std::string(run_.path()) + "/.spill";
  const std::string spill = root_ + "/spill/run-1";
  fs::create_directories(spill);
  ASSERT_EQ(0, ::chmod((root_ + "/spill").c_str(), 0755));
  ASSERT_EQ(0, ::chmod(spill.c_str(), 0700));
  Region region;
  const auto look = [&] {
    return Region::Attach((std::string(run_.path()) + "/none").c_str(), Access::kRead, &region);
  };
  EXPECT_EQ(ENOENT, look().error_number());
  for (const std::string target : {"relative", "../spill/run-1", spill.c_str(), "/proc/self/fd/0", "/dev/zero"}) {
    ASSERT_EQ(0, ::symlink(target.c_str(), link.c_str()));
    SCOPED_TRACE(target);
    EXPECT_CODE(kForeign, look());
    fs::remove(link);
  }
  ASSERT_EQ(0, ::mkfifo(link.c_str(), 0600));
  EXPECT_FALSE(look().ok());
  fs::remove(link);
  ASSERT_EQ(0, ::chmod((root_ + "/spill").c_str(), 0700));
  ASSERT_EQ(0, ::symlink(spill.c_str(), link.c_str()));
  EXPECT_EQ(ENOENT, look().error_number()) << "all is well with this one";
}

// A lock that blocks whoever opens or takes it would stop every later run of this user.
TEST_F(PlantedTest, InPlaceOfTheLockOfARunNothingIsSweptAndNobodyWaits) {
  const std::string run = root_ + "/planted";
  ASSERT_EQ(0, ::mkdir(run.c_str(), 0700));
  const auto sweep = [&] {
    Status problem;
    const auto keep = [](void* context, const Status& status) {
      *static_cast<Status*>(context) = Status(Failure{status.code(), "", "", status.error_number(), ""});
    };
    EXPECT_OK(Sweep(root_, {&problem, nullptr, keep}));
    EXPECT_TRUE(fs::exists(run));
    return problem;
  };
  ExpectForeign(run + "/.lock", sweep);
  fs::remove_all(run);
}

TEST_F(PlantedTest, AnAccessControlListThatLetsOthersInIsRefused) {
  LetIn(region_.path(), kOther);
  EXPECT_CODE(kForeign, Reattach(Access::kRead));
  ASSERT_EQ(0, ::removexattr(region_.path(), "system.posix_acl_access"));
  ASSERT_EQ(0, ::chmod(region_.path(), 0600));
  EXPECT_OK(Reattach(Access::kRead));
  LetIn(root_, kOther);
  EXPECT_CODE(kForeign, Reattach(Access::kRead));
  ASSERT_EQ(0, ::removexattr(root_.c_str(), "system.posix_acl_access"));
  ASSERT_EQ(0, ::chmod(root_.c_str(), 0700));
}

// One user's process moves directories about while another opens what is below them: it gets the task, or an error, and
// never what the link leads to.
TEST_F(PlantedTest, DirectoriesThatAreSwappedForLinksWhileTheyAreOpened) {
  ASSERT_OK(Put(&region_, "key", "right"));
  const std::string run = run_.path();
  const std::string bait = root_ + "/bait";
  RunDirectory bait_run;
  Region bait_region;
  ASSERT_OK(RunDirectory::Create({.root = bait, .run = "run-1"}, &bait_run));
  ASSERT_OK(bait_run.CreateTask("build", {}, &bait_region));
  ASSERT_OK(Put(&bait_region, "key", "wrong"));
  const std::string bait_path = bait_run.path();
  const pid_t swapper = ::fork();
  if (swapper == 0) {
    for (;;) {
      const bool swapped = ::rename(run.c_str(), (run + "-away").c_str()) == 0 &&
                           ::symlink(bait_path.c_str(), run.c_str()) == 0 && ::unlink(run.c_str()) == 0 &&
                           ::rename((run + "-away").c_str(), run.c_str()) == 0;
      if (!swapped) ::_exit(1);
    }
  }
  int right = 0;
  int refused = 0;
  for (int tries = 0; tries < 200000 && (right < 100 || refused < 100); ++tries) {
    Region region;
    const Status attached = Region::Attach(task_directory().c_str(), Access::kRead, &region);
    if (attached.ok()) {
      ASSERT_EQ("right", Fetch(region, "key"));
    }
    ASSERT_TRUE(attached.ok() || attached.code() == StatusCode::kForeign || attached.error_number() == ENOENT)
        << Words(attached);
    ++(attached.ok() ? right : refused);
  }
  ::kill(swapper, SIGKILL);
  ::waitpid(swapper, nullptr, 0);
  if (fs::exists(run + "-away")) {
    fs::remove(run);
    fs::rename(run + "-away", run);
  }
  EXPECT_GE(right, 100);
  EXPECT_GE(refused, 100);
  bait_region.Close();
  EXPECT_OK(bait_run.Remove());
}

}  // namespace
}  // namespace otto::test
