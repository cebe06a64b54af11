// From a run's directory to its spill directory, by rule 1 (docs/shm-format.md, sections 6 and 7).
//
// Threads: any. Owns: nothing but what it hands out.
#pragma once

#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "posix/descriptor.h"

namespace otto {

constexpr char kSpillLinkName[] = ".spill";

// The directory part of a path, and what follows the last slash.
struct SplitPath {
  explicit SplitPath(std::string_view path);

  std::string_view parent = ".";
  std::string_view name;
};

// Opens `<root>/<run>`: the root first, then the run in it, so that neither may be a link.
Status OpenRun(std::string_view run_path, posix::Descriptor* out);

// The run's directory on disk, as its `.spill` names it; empty when there is no such link. A target that is not
// absolute is kForeign. Nothing is opened.
Status SpillTarget(int run_fd, std::string_view run_path, Text* target);

}  // namespace otto
