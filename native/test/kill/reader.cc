#include "reader.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <random>
#include <vector>

#include "../rig.h"
#include "telling_value.h"

namespace otto::test::kill {
namespace {

bool AnyDeleteIn(std::uint32_t key, std::uint32_t first, std::uint32_t last) {
  for (std::uint32_t number = first; number <= last && number < first + 8; ++number) {
    if (IsDelete(key, number)) return true;
  }
  return false;
}

void Fail(Ledger* ledger, std::atomic<std::uint64_t>* count, const std::string& problem) {
  ++*count;
  ledger->Note(problem);
}

void NoteStatus(Ledger* ledger, const Region& region, const std::string& words) {
  Fail(ledger, region.damaged() ? &ledger->tally().faults : &ledger->tally().failed, words);
}

// The bytes of a value that was found, wherever they are, seen through a mapping as a view would see them.
std::uint32_t NumberSeen(const Region& region, std::uint32_t key, const Value& value, Status* status) {
  if (value.place == Place::kInline) return NumberOf(key, {value.data, value.bytes});
  posix::Mapping view;
  *status = region.MapValue(value, {0, value.bytes}, &view);
  return status->ok() ? NumberOf(key, {view.data(), view.size()}) : 0;
}

}  // namespace

void CheckKey(const Region& region, Ledger* ledger, std::uint32_t key) {
  LedgerLine& line = ledger->line(key);
  const std::uint32_t committed = line.committed.load(std::memory_order_acquire);
  Value value;
  Status status = region.Get(KeyName(key), &value);
  const std::uint32_t number = status.ok() && value.found ? NumberSeen(region, key, value, &status) : 0;
  const std::uint32_t begun = line.begun.load(std::memory_order_acquire);
  Tally& tally = ledger->tally();
  if (!status.ok() || region.damaged()) return NoteStatus(ledger, region, Words(status));
  ++tally.checked;
  const auto fail = [&](std::atomic<std::uint64_t>* count, const std::string& what) {
    Fail(ledger, count,
         KeyName(key) + what + "; committed is " + std::to_string(committed) + ", begun " + std::to_string(begun));
  };
  if (!value.found) {
    if (committed != 0 && !AnyDeleteIn(key, committed, begun)) fail(&tally.lost, " is absent");
  } else if (number == 0) {
    fail(&tally.torn, " has a torn value");
  } else if (number > begun || IsDelete(key, number)) {
    fail(&tally.torn, " has number " + std::to_string(number) + ", which nobody has set");
  } else if (number < committed) {
    fail(&tally.lost, " has number " + std::to_string(number));
  }
}

void CheckAllKeys(const Region& region, Ledger* ledger) {
  std::size_t present = 0;
  for (std::uint32_t key = 0; key < kLedgerKeys; ++key) {
    if (ledger->line(key).begun == 0) continue;
    CheckKey(region, ledger, key);
    Value value;
    if (region.Get(KeyName(key), &value).ok() && value.found) ++present;
  }
  GrowableArray<Entry> entries;
  const Status listed = region.List(&entries);
  if (!listed.ok()) return NoteStatus(ledger, region, Words(listed));
  std::size_t ours = 0;
  for (const Entry& entry : entries) ours += entry.key.starts_with("key-") ? 1 : 0;
  if (ours != present) Fail(ledger, &ledger->tally().lost, "the list has another number of keys than can be got");
}

pid_t StartReader(const std::string& task_directory, Ledger* ledger, unsigned seed) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  Region region;
  const Status attached = Region::Attach(task_directory.c_str(), Access::kRead, &region);
  if (!attached.ok()) NoteStatus(ledger, region, Words(attached));
  std::minstd_rand random(seed);
  while (attached.ok() && !ledger->done()) {
    for (int i = 0; i < 64; ++i) CheckKey(region, ledger, static_cast<std::uint32_t>(random() % kLedgerKeys));
    GrowableArray<Entry> entries;
    if (random() % 256 != 0) continue;
    if (const Status listed = region.List(&entries); !listed.ok()) NoteStatus(ledger, region, Words(listed));
  }
  ::_exit(0);
}

}  // namespace otto::test::kill
