#include <cerrno>

#include "attached.h"
#include "base/growable_array.h"
#include "commands.h"

namespace otto::helpers {
namespace {

constexpr std::size_t kMaxKeysNamed = 12;

int ComplainOfMissingKey(const Session& session, const Region& region, const Wanted& wanted) {
  GrowableArray<Entry> entries;
  Status listed = region.List(&entries);
  if (!listed.ok()) return ComplainOf(session.program, listed);
  if (entries.size() == 0) {
    return Complain(session.program, kMissing,
                    {"task \"", wanted.task, "\" has set no values, so no key \"", wanted.key, "\""});
  }
  Text keys;
  for (std::size_t i = 0; i < entries.size() && i < kMaxKeysNamed; ++i) {
    const Text separated(keys.view(), i == 0 ? "" : ", ");
    keys = Text(separated.view(), entries[i].key);
  }
  const char* more = entries.size() > kMaxKeysNamed ? ", ..." : "";
  return Complain(session.program, kMissing,
                  {"task \"", wanted.task, "\" has no key \"", wanted.key, "\"; it has: ", keys.view(), more});
}

}  // namespace

int Find(const Session& session, Attached* attached, const Wanted& wanted, Region** region, Value* value) {
  bool allowed = false;
  Status status = attached->Of(wanted.task, &allowed, region);
  if (status.ok() && !allowed) {
    return Complain(session.program, kUsage,
                    {"task \"", session.task, "\" does not depend on \"", wanted.task, "\"; add it to its `before`"});
  }
  if (allowed && status.error_number() == ENOENT) {
    return Complain(session.program, kMissing, {"task \"", wanted.task, "\" has no values in shared memory"});
  }
  if (status.ok()) status = (*region)->Get(wanted.key, value);
  if (!status.ok()) return ComplainOf(session.program, status);
  return value->found ? kSuccess : ComplainOfMissingKey(session, **region, wanted);
}

}  // namespace otto::helpers
