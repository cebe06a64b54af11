// The long form of the kill test: kill_storm KILLS [NAME=WORD,WORD...]...
//
// Spreads KILLS over every kind of space and every writer program, prints a table, and ends with 1 when anything was
// found. Each further argument adds a program that follows the contract of writers.h: its name and its command.
// HELPER=PATH is otto-mmap-set.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "storm.h"

namespace otto::test::kill {
namespace {

struct Programs {
  WriterList all = ForkedWriters();

  bool Add(const std::string& argument) {
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos) return false;
    const std::string name = argument.substr(0, equals);
    std::vector<std::string> words;
    for (std::size_t at = equals + 1; at <= argument.size();) {
      const std::size_t end = std::min(argument.find(',', at), argument.size());
      words.push_back(argument.substr(at, end - at));
      at = end + 1;
    }
    if (name == "ONLY") {
      std::erase_if(all, [&](const WriterProgram* writer) { return writer->name() != words[0]; });
      return !all.empty();
    }
    if (name != "HELPER") {
      all.push_back(ExternalWriter(name, words));
      return true;
    }
    for (const WriterProgram* writer : HelperWriters(words[0])) all.push_back(writer);
    return true;
  }
};

// Interpreters take a tenth of a second to start: they get a twelfth of the kills that the others get.
std::uint32_t ShareOf(const WriterProgram& program) {
  return program.reports_by_pipe() ? 1 : 12;
}

void PrintRow(const StormPlan& plan, const StormReport& report, const Tally& tally) {
  std::printf("%-13s %-28s %6u %9lu %8lu %10lu %5lu %5lu %6lu %6lu %8lu\n", NameOf(plan.space),
              plan.program->name().c_str(), report.kills, tally.committed.load(), tally.refused.load(),
              tally.checked.load(), tally.torn.load(), tally.lost.load(), tally.faults.load(), tally.failed.load(),
              tally.blocked.load());
  std::fflush(stdout);
}

struct Totals {
  std::uint64_t kills = 0;
  std::uint64_t committed = 0;
  std::uint64_t checked = 0;
  int dirty_rows = 0;
};

void RunRow(const StormPlan& plan, Totals* totals) {
  Ledger ledger;
  const StormReport report = RunStorm(plan, &ledger);
  PrintRow(plan, report, ledger.tally());
  totals->kills += report.kills;
  totals->committed += ledger.tally().committed;
  totals->checked += ledger.tally().checked;
  if (report.ran && ledger.tally().clean()) return;
  ++totals->dirty_rows;
  std::printf("  FOUND: %s\n", report.problem.c_str());
}

int Main(int argc, char** argv) {
  Programs programs;
  std::uint32_t kills = argc > 1 ? static_cast<std::uint32_t>(std::strtoul(argv[1], nullptr, 10)) : 0;
  for (int i = 2; i < argc; ++i) {
    if (!programs.Add(argv[i])) kills = 0;
  }
  if (kills == 0) {
    std::fprintf(stderr, "usage: kill_storm KILLS [HELPER=PATH] [NAME=WORD,WORD...]... [ONLY=NAME]\n");
    return 2;
  }
  std::uint32_t shares = 0;
  for (const WriterProgram* program : programs.all)
    shares += static_cast<std::uint32_t>(std::size(kAllSpaces)) * ShareOf(*program);
  std::printf("%-13s %-28s %6s %9s %8s %10s %5s %5s %6s %6s %8s\n", "space", "writer", "kills", "committed", "no space",
              "checked", "torn", "lost", "SIGBUS", "failed", "blocked");
  std::fflush(stdout);
  Totals totals;
  unsigned seed = static_cast<unsigned>(std::chrono::system_clock::now().time_since_epoch().count());
  for (const Space space : kAllSpaces) {
    for (const WriterProgram* program : programs.all) {
      const std::uint32_t share = (kills * ShareOf(*program) + shares - 1) / shares;  // rounded up: never less in all
      RunRow({space, program, share, seed++}, &totals);
    }
  }
  std::printf("\n%lu kills, %lu sets and deletes committed, %lu values checked; %s\n", totals.kills, totals.committed,
              totals.checked,
              totals.dirty_rows == 0 ? "nothing torn, lost, faulted or blocked" : "PROBLEMS WERE FOUND");
  return totals.dirty_rows == 0 ? 0 : 1;
}

}  // namespace
}  // namespace otto::test::kill

int main(int argc, char** argv) {
  return otto::test::kill::Main(argc, argv);
}
