#include "core/shm_root.h"

#include <cstdlib>

#include "core/storage.h"
#include "posix/file.h"

namespace otto {

Text DefaultShmRoot() {
  char digits[20];
  std::size_t start = sizeof digits;
  unsigned user = posix::EffectiveUser();
  do {
    digits[--start] = static_cast<char>('0' + user % 10);
    user /= 10;
  } while (user != 0);
  const std::string_view user_name(digits + start, sizeof digits - start);
#ifdef __linux__
  Backend backend = Backend::kFiles;
  if (ChooseBackend(&backend).ok() && backend == Backend::kFiles) return Text("/dev/shm/otto-", user_name);
#endif
  const char* temporary = std::getenv("TMPDIR");
  std::string_view parent = temporary != nullptr && *temporary == '/' ? temporary : "/tmp";
  while (parent.size() > 1 && parent.back() == '/') parent.remove_suffix(1);
  return Text::Path(parent, Text("otto-", user_name).view());
}

Text ShmRootPath(std::string_view root) {
  while (root.size() > 1 && root.back() == '/') root.remove_suffix(1);
  return root.empty() ? DefaultShmRoot() : Text(root);
}

}  // namespace otto
