// A run whose shared memory is a tmpfs of 1 MiB, and whose disk is one as well: what does not fit the first spills to
// the second.
#pragma once

#include <string>

#include "rig.h"

namespace otto::test {

// Shared memory objects lie in this directory (of a tmpfs) for as long as this object lives. The program has its
// own mounts (objects/own_mounts_main.cc).
class ObjectsElsewhere {
 public:
  ObjectsElsewhere() = default;
  ObjectsElsewhere(const ObjectsElsewhere&) = delete;
  ObjectsElsewhere& operator=(const ObjectsElsewhere&) = delete;
  ~ObjectsElsewhere();

  void Put(const std::string& directory);

 private:
  bool put_ = false;
};

class Spilling : public ::testing::Test {
 protected:
  static constexpr int kMemoryKiB = 1024;

  virtual int disk_kibibytes() const { return 64 * 1024; }
  virtual std::uint64_t budget() const { return ~0ULL; }

  void SetUp() override {
    memory_.Mount(kMemoryKiB);
    if (UsesObjects()) objects_.Put(memory_.path());
    disk_.Mount(disk_kibibytes());
    ASSERT_OK(RunDirectory::Create({.root = memory_.path() + "/root",
                                    .run = "run",
                                    .spill_root = disk_.path() + "/spill",
                                    .budget_bytes = budget()},
                                   &run_));
    ASSERT_OK(run_.CreateTask("build", {}, &region_));
  }
  void TearDown() override {
    region_.Close();
    EXPECT_OK(run_.Remove());
    EXPECT_EQ(std::vector<std::string>{}, NamesIn(memory_.path() + "/root"));
    EXPECT_EQ(std::vector<std::string>{}, NamesIn(disk_.path() + "/spill"));
  }

  std::string task_directory() const { return std::string(run_.path()) + "/build"; }
  std::string on_disk() const { return std::string(run_.spill_path()) + "/build"; }
  Region Attach(Access access) const {
    Region region;
    EXPECT_OK(Region::Attach(task_directory().c_str(), access, &region));
    return region;
  }
  // Until not even a page is left; and back again.
  void FillMemory() const;
  void EmptyMemory() const;
  Value Find(const Region& region, std::string_view key) const {
    Value value;
    EXPECT_OK(region.Get(key, &value));
    EXPECT_TRUE(value.found) << key;
    return value;
  }

  SmallDisk memory_;
  ObjectsElsewhere objects_;
  SmallDisk disk_;
  RunDirectory run_;
  Region region_;
};

}  // namespace otto::test
