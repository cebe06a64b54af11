#include "situation.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "../rig.h"
#include "core/reaper.h"

namespace otto::test::kill {
namespace {

namespace fs = std::filesystem;

// Named unlike the directories of other tests.
std::string NewDirectory(const char* parent) {
  std::string path = std::string(parent) + "/otto-kill-XXXXXX";
  return ::mkdtemp(path.data()) == nullptr ? std::string() : path;
}

std::string SweepOf(const std::string& root) {
  std::string problems;
  SweepListener listener;
  listener.context = &problems;
  listener.problem = [](void* context, const Status& status) {
    *static_cast<std::string*>(context) += Words(status) + "; ";
  };
  const Status swept = Sweep(root, listener);
  if (!swept.ok()) problems += Words(swept);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root, error))
    problems += "left behind: " + entry.path().string() + "; ";
  if (error) problems += "cannot list " + root + ": " + error.message();
  return problems;
}

}  // namespace

const char* NameOf(Space space) {
  switch (space) {
    case Space::kPlenty:
      return "plenty";
    case Space::kFull:
      return "full";
    case Space::kFullButSpills:
      return "full, spills";
    case Space::kBudget:
      return "small budget";
  }
  return "";
}

bool Situation::SetUp(Space space, std::string* why) {
  space_ = space;
  const bool small = space == Space::kFull || space == Space::kFullButSpills;
  base_ = NewDirectory(small ? "/tmp" : RunsParent());
  if (space == Space::kFullButSpills || space == Space::kBudget) spill_root_ = NewDirectory("/tmp");
  if (!small) return true;
  const std::string options = "size=" + std::to_string(kFullBytes) + ",mode=0700";
  mounted_ = ::mount("tmpfs", base_.c_str(), "tmpfs", 0, options.c_str()) == 0;
  if (!mounted_) {
    *why = "this mounts a tmpfs and needs the right to (CAP_SYS_ADMIN): " + std::string(std::strerror(errno));
    return false;
  }
  ballast_ = ::open((base_ + "/ballast").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  return ballast_ >= 0;
}

Situation::~Situation() {
  run_ = RunDirectory();
  if (ballast_ >= 0) ::close(ballast_);
  if (mounted_) ::umount2(base_.c_str(), MNT_DETACH);
  std::error_code ignored;
  fs::remove_all(base_, ignored);
  if (!spill_root_.empty()) fs::remove_all(spill_root_, ignored);
}

Status Situation::BeginEpoch() {
  if (ballast_ >= 0 && ::ftruncate(ballast_, 0) != 0) return Status::FromErrno("empty", base_, errno);
  RunDirectory::Plan plan;
  const std::string root = base_ + "/root";
  plan.root = root;
  plan.run = "run";
  plan.spill_root = spill_root_;
  if (space_ == Space::kBudget) plan.budget_bytes = kBudgetBytes;
  Status made = RunDirectory::Create(plan, &run_);
  for (const auto& [task, directory] : {std::pair{"build", &task_directory_}, {"source", &source_directory_}}) {
    Region region;
    if (made.ok()) made = run_.CreateTask(task, {}, &region);
    if (made.ok()) *directory = region.task_directory();
  }
  return made;
}

bool Situation::EndEpochBySweeping(std::string* problem) {
  run_ = RunDirectory();  // drops the lock, removes nothing
  *problem = SweepOf(base_ + "/root");
  if (!spill_root_.empty()) *problem += SweepOf(spill_root_);
  return problem->empty();
}

void Situation::LeaveFree(std::uint64_t free_bytes) {
  struct statvfs found {};
  if (ballast_ < 0 || ::ftruncate(ballast_, 0) != 0 || ::fstatvfs(ballast_, &found) != 0) return;
  const std::uint64_t free_now = found.f_bavail * found.f_bsize;
  if (free_now <= free_bytes) return;
  // Writers are at work: what they have taken in the meantime is missing here, and the next time it is tried again.
  if (::fallocate(ballast_, 0, 0, static_cast<off_t>(free_now - free_bytes)) != 0) return;
}

}  // namespace otto::test::kill
