#include "storm.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "../rig.h"
#include "reader.h"
#include "telling_value.h"

namespace otto::test::kill {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

constexpr std::uint32_t kSlots = 2;
constexpr std::uint32_t kKeysOfSlot = kLedgerKeys / kSlots;
constexpr std::uint32_t kWindow = 64;  // keys that a writer uses; half of them new
constexpr std::uint32_t kKillsOfEpoch = 24;
constexpr auto kPatience = std::chrono::seconds(60);  // also for an interpreter that starts on a machine that is busy

// One writer at a time, with keys of its own.
struct WriterSlot {
  pid_t leader = -1;
  int reports = -1;  // an external program's standard output
  std::string unfinished_line;
  bool ready = false;
  Assignment assignment;
  Clock::time_point kill_at;
};

class Storm {
 public:
  Storm(const StormPlan& plan, Ledger* ledger) : plan_(plan), ledger_(ledger), random_(plan.seed) {}

  StormReport Run() {
    StormReport report;
    // What a killed writer had started becomes this process's child, to be waited for.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (!situation_.SetUp(plan_.space, &report.problem)) return report;
    report.ran = true;
    while (kills_ < plan_.kills && ledger_->tally().clean()) {
      Epoch(std::min(kKillsOfEpoch, plan_.kills - kills_));
    }
    ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    report.kills = kills_;
    report.problem = ledger_->problem();
    return report;
  }

 private:
  void Fail(std::atomic<std::uint64_t>* count, const std::string& problem) {
    ++*count;
    ledger_->Note(problem);
  }

  void Epoch(std::uint32_t kills) {
    ledger_->Forget();
    ledger_->set_done(false);
    Status begun = situation_.BeginEpoch();
    if (begun.ok()) begun = Region::Attach(situation_.task_directory().c_str(), Access::kWrite, &survivor_);
    if (!begun.ok()) return Fail(&ledger_->tally().failed, Words(begun));
    for (std::uint32_t i = 0; i < kSlots; ++i) {
      readers_[i] = StartReader(situation_.task_directory(), ledger_, static_cast<unsigned>(random_()));
      StartWriter(i);
    }
    const std::uint32_t end = kills_ + kills;
    while (kills_ < end && ledger_->tally().clean()) KillNext();
    for (std::uint32_t i = 0; i < kSlots; ++i) KillWriter(i);
    ledger_->set_done(true);
    for (const pid_t reader : readers_) EndReader(reader);
    CheckEverything();
    survivor_.Close();
    std::string left;
    if (!situation_.EndEpochBySweeping(&left)) Fail(&ledger_->tally().failed, left);
  }

  void StartWriter(std::uint32_t index) {
    WriterSlot& slot = slots_[index];
    const std::uint32_t moved = kWindow / 2 * incarnations_++ % (kKeysOfSlot - kWindow);
    static constexpr std::uint64_t kFree[] = {0, 4096, 40000, 200000, 1500000, 4000000};
    situation_.LeaveFree(kFree[random_() % std::size(kFree)]);
    slot.assignment = {situation_.run_path(),
                       situation_.task_directory(),
                       situation_.source_directory(),
                       index * kKeysOfSlot + moved,
                       kWindow,
                       next_number_,
                       static_cast<unsigned>(random_()),
                       ledger_,
                       -1};
    next_number_ += NumbersOf(kWindow);
    int ends[2] = {-1, -1};
    const bool piped = plan_.program->reports_by_pipe();
    if (piped && ::pipe2(ends, O_CLOEXEC) != 0) return Fail(&ledger_->tally().failed, "no pipe");
    if (piped) NoteAllAsBegun(slot.assignment);
    slot.assignment.out = ends[1];
    slot.leader = ::fork();
    if (slot.leader == 0) {
      ::setpgid(0, 0);
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      plan_.program->Run(slot.assignment);
    }
    ::setpgid(slot.leader, slot.leader);
    if (piped) ::close(ends[1]);
    slot.reports = ends[0];
    slot.unfinished_line.clear();
    slot.ready = !piped;
    slot.kill_at = Clock::now() + (piped ? microseconds(kPatience) : Delay());
  }

  // An external program cannot say what it is about to do, only what it has done.
  void NoteAllAsBegun(const Assignment& assignment) {
    for (std::uint32_t i = 0; i < assignment.keys; ++i) {
      ledger_->line(assignment.first_key + i).begun = assignment.first_number + NumbersOf(assignment.keys) - 1;
    }
  }

  microseconds Delay() { return microseconds(random_() % 3000); }

  // Waits for the next writer's time to come, listening to all, and kills it.
  void KillNext() {
    std::uint32_t next = 0;
    for (bool closed = false;;) {
      next = slots_[0].kill_at <= slots_[1].kill_at ? 0 : 1;
      const auto left = std::max(Clock::duration::zero(), slots_[next].kill_at - Clock::now());
      const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
      pollfd listened[kSlots] = {{slots_[0].reports, POLLIN, 0}, {slots_[1].reports, POLLIN, 0}};
      const timespec timeout{nanoseconds / 1000000000, nanoseconds % 1000000000};
      // What has been reported is heard before anybody is called late.
      const bool heard = ::ppoll(listened, kSlots, &timeout, nullptr) > 0;
      if (!heard && nanoseconds == 0) break;
      for (std::uint32_t i = 0; i < kSlots; ++i) {
        if (listened[i].revents == 0 || Listen(&slots_[i])) continue;
        slots_[i].kill_at = Clock::now();  // it has closed its output
        closed = true;
        next = i;
      }
      // One that reports without end must be killed all the same.
      if (closed || (slots_[next].ready && slots_[next].kill_at <= Clock::now())) break;
    }
    if (!slots_[next].ready) Fail(&ledger_->tally().blocked, plan_.program->name() + " never became ready");
    if (KillWriter(next)) ++kills_;
    CheckAfterKill(slots_[next].assignment);
    StartWriter(next);
  }

  // Reads what a program reports; false when it has closed its output.
  bool Listen(WriterSlot* slot) {
    char bytes[4096];
    const ssize_t count = ::read(slot->reports, bytes, sizeof bytes);
    if (count <= 0) return false;
    slot->unfinished_line.append(bytes, static_cast<std::size_t>(count));
    for (std::size_t end = 0; (end = slot->unfinished_line.find('\n')) != std::string::npos;) {
      const std::string line = slot->unfinished_line.substr(0, end);
      slot->unfinished_line.erase(0, end + 1);
      if (line == "ready") {
        slot->ready = true;
        slot->kill_at = Clock::now() + Delay();
        continue;
      }
      unsigned key = 0;
      unsigned number = 0;
      const Assignment& own = slot->assignment;
      if (std::sscanf(line.c_str(), "%u %u", &key, &number) != 2 || key - own.first_key >= own.keys) {
        Fail(&ledger_->tally().failed, plan_.program->name() + " reports: " + line);
        continue;
      }
      ++ledger_->tally().committed;
      ledger_->line(key).committed.store(number, std::memory_order_release);
    }
    return true;
  }

  // Kills the writer and all it has started, and waits until they are gone. False: it had ended by itself.
  bool KillWriter(std::uint32_t index) {
    WriterSlot& slot = slots_[index];
    ::kill(-slot.leader, SIGKILL);
    bool killed = false;
    int status = 0;
    for (pid_t ended = 0; (ended = ::waitpid(-slot.leader, &status, 0)) > 0;) {
      if (ended != slot.leader) continue;
      killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
      if (killed) continue;
      const bool fault = WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS;
      Fail(fault ? &ledger_->tally().faults : &ledger_->tally().failed,
           plan_.program->name() + " ended by itself, status " + std::to_string(status));
    }
    while (slot.reports >= 0 && Listen(&slot)) continue;
    if (slot.reports >= 0) ::close(slot.reports);
    slot.reports = -1;
    return killed;
  }

  void CheckAfterKill(const Assignment& assignment) {
    Region fresh;
    const Status attached = Region::Attach(situation_.task_directory().c_str(), Access::kRead, &fresh);
    if (!attached.ok()) return Fail(&ledger_->tally().failed, Words(attached));
    for (std::uint32_t i = 0; i < assignment.keys; ++i) CheckKey(fresh, ledger_, assignment.first_key + i);
    const auto before = Clock::now();
    SetAsSurvivor(&survivor_);
    Region newcomer;
    const Status came = Region::Attach(situation_.task_directory().c_str(), Access::kWriteOnce, &newcomer);
    if (!came.ok()) return Fail(&ledger_->tally().failed, Words(came));
    SetAsSurvivor(&newcomer);
    if (Clock::now() - before > kPatience) Fail(&ledger_->tally().blocked, "a set after a kill took very long");
  }

  void SetAsSurvivor(Region* region) {
    const std::string value = "survived " + std::to_string(kills_);
    const Status set = Put(region, "survivor", value);
    if (set.code() == StatusCode::kNoSpace && MayRefuse(plan_.space)) return;
    if (!set.ok()) return Fail(region->damaged() ? &ledger_->tally().faults : &ledger_->tally().failed, Words(set));
    if (Fetch(*region, "survivor") != value) Fail(&ledger_->tally().lost, "the survivor's value");
  }

  void EndReader(pid_t reader) {
    int status = 0;
    const auto deadline = Clock::now() + kPatience;
    while (::waitpid(reader, &status, WNOHANG) == 0) {
      if (Clock::now() > deadline) {
        ::kill(reader, SIGKILL);
        ::waitpid(reader, &status, 0);
        return Fail(&ledger_->tally().blocked, "a reader does not end");
      }
      ::poll(nullptr, 0, 1);
    }
    if (status == 0) return;
    const bool fault = WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS;
    Fail(fault ? &ledger_->tally().faults : &ledger_->tally().failed,
         "a reader died, status " + std::to_string(status));
  }

  void CheckEverything() {
    Region fresh;
    const Status attached = Region::Attach(situation_.task_directory().c_str(), Access::kRead, &fresh);
    if (!attached.ok()) return Fail(&ledger_->tally().failed, Words(attached));
    CheckAllKeys(fresh, ledger_);
    Tally& tally = ledger_->tally();
    if (!MayRefuse(plan_.space) && tally.refused != 0) Fail(&tally.failed, "no space, although it could be spilled");
  }

  const StormPlan& plan_;
  Ledger* ledger_;
  std::minstd_rand random_;
  Situation situation_;
  Region survivor_;
  WriterSlot slots_[kSlots];
  pid_t readers_[kSlots] = {};
  std::uint32_t kills_ = 0;
  std::uint32_t incarnations_ = 0;
  std::uint32_t next_number_ = 1;
};

}  // namespace

StormReport RunStorm(const StormPlan& plan, Ledger* ledger) {
  return Storm(plan, ledger).Run();
}

}  // namespace otto::test::kill
