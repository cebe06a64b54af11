// Private directories: opened without following links, owned by this user, closed to everybody else.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "base/text.h"
#include "posix/descriptor.h"

namespace otto::posix {

// In place of a directory's descriptor: relative to the working directory (AT_FDCWD).
#ifdef __APPLE__
constexpr int kWorkingDirectory = -2;
#else
constexpr int kWorkingDirectory = -100;
#endif

// One name relative to an open directory; `path` is the whole path, for messages.
struct At {
  int directory_fd = -1;
  const char* name = "";
  const char* path = "";
};

// Opens an absolute or relative path; kForeign when it is a link, no directory, another user's, or open to others.
Status OpenPrivateDirectory(const char* path, Descriptor* out);
Status OpenPrivateDirectoryAt(const At& at, Descriptor* out);

// mkdir with mode 0700. An existing one is EEXIST.
Status MakeDirectory(const char* path);
Status MakeDirectoryAt(const At& at);

Status RenameAt(const At& from, const char* to_name);   // never replaces: EEXIST
Status ReplaceAt(const At& from, const char* to_name);  // replaces what is there
Status UnlinkAt(const At& at);
Status RemoveDirectoryAt(const At& at);
bool ExistsAt(const At& at);
// One more name for the same file; a link is not followed. EXDEV: another file system.
Status LinkAt(const At& from, const At& to);

// Symbolic links as small texts: made, and read without being followed. What is no link is kForeign.
Status MakeSymbolicLinkAt(const At& at, const char* target);
Status ReadSymbolicLinkAt(const At& at, Text* target);

// Removes a directory and all in it, never following links, never crossing into other file systems. The entry named
// `last` directly inside goes last. A stub takes its object with it (posix/shared_object.h). Adds the bytes that files
// and objects gave back to *freed_bytes (may be null). Missing: ok().
Status RemoveTree(const At& at, const char* last, std::uint64_t* freed_bytes);

// Removes whatever is at `at`: a file, a stub with its object, or a tree. Missing: ok().
Status RemoveAnyAt(const At& at);

// Adds the bytes of memory or disk that the files in a tree take to *bytes: what RemoveTree would give back, without
// objects. Never follows links. What goes away meanwhile, or cannot be looked at, counts for nothing.
void MeasureTree(const At& at, std::uint64_t* bytes);

// Calls `each` for the name of every entry but "." and "..", until it returns false, which is no error: `each` says
// why. The order is the file system's.
using EachName = bool (*)(void* context, const char* name);
Status ForEachName(const At& directory, EachName each, void* context);

}  // namespace otto::posix
