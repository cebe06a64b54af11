#include "core/run_paths.h"

#include <cerrno>

#include "posix/directory.h"

namespace otto {

SplitPath::SplitPath(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  name = slash == std::string_view::npos ? path : After(path, slash + 1);
  if (slash == std::string_view::npos) return;
  parent = std::string_view(path.data(), slash == 0 ? 1 : slash);
}

Status OpenRun(std::string_view run_path, posix::Descriptor* out) {
  const SplitPath split(run_path);
  const Text root_path(split.parent);
  const Text name(split.name);
  const Text path(run_path);
  posix::Descriptor root;
  Status opened = posix::OpenPrivateDirectory(root_path.c_str(), &root);
  if (!opened.ok()) return opened;
  return posix::OpenPrivateDirectoryAt({root.get(), name.c_str(), path.c_str()}, out);
}

Status SpillTarget(int run_fd, std::string_view run_path, Text* target) {
  *target = Text();
  const Text path = Text::Path(run_path, kSpillLinkName);
  Text read;
  Status status = posix::ReadSymbolicLinkAt({run_fd, kSpillLinkName, path.c_str()}, &read);
  if (status.error_number() == ENOENT) return {};
  if (!status.ok()) return status;
  if (!read.view().starts_with('/')) {
    return Status(Failure{StatusCode::kForeign, "use", path.view(), 0, "it names no absolute path"});
  }
  *target = static_cast<Text&&>(read);
  return {};
}

}  // namespace otto
