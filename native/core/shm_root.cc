#include "core/shm_root.h"

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
  return Text("/dev/shm/otto-", {digits + start, sizeof digits - start});
}

Text ShmRootPath(std::string_view root) {
  while (root.size() > 1 && root.back() == '/') root.remove_suffix(1);
  return root.empty() ? DefaultShmRoot() : Text(root);
}

}  // namespace otto
