// macOS's rules for shared memory objects, on Linux. Linking mac_rules.cc into a program, or preloading it, puts its
// own functions before the C library's:
//
//   shm_open           names of at most 31 characters (ENAMETOOLONG), no flags but those of the standard (EINVAL)
//   ftruncate          works once on an object (EINVAL), and rounds the size up to pages of 16 KiB
//   mmap               shared, and not beyond the end of an object (EINVAL)
//   read, write, ...   do not work on objects at all (ENXIO), nor does lseek (ESPIPE)
//   open, opendir, ... find no /dev/shm (ENOENT)
//
// Whoever breaks one of these rules is told of it by the error that macOS gives, and it is counted. Linux's own
// accelerators (fallocate, splice, sendfile, copy_file_range) only fail on objects: macOS has none of them.
#pragma once

#include <string>
#include <vector>

namespace otto::test {

// How many rules this process and its children have broken. Each was told on standard error, and appended to the file
// that OTTO_MAC_RULES_LOG names.
int MacRulesBroken();

// Objects that this process and its children have made (without exec) and nobody has removed.
std::vector<std::string> ObjectsLeft();

}  // namespace otto::test
