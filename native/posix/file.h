// Private files: opened relative to their directory, regular, one link, of this user, closed to others. And the loops
// around read(2) and write(2): short counts, EINTR, the 2 GiB limit of one call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/status.h"
#include "posix/descriptor.h"
#include "posix/directory.h"

namespace otto::posix {

enum class OpenMode : std::uint8_t { kRead, kReadWrite };

// Never follows links, never blocks on a FIFO. kForeign when rule 1 of the format is broken.
Status OpenPrivateFileAt(const At& at, OpenMode mode, Descriptor* out);
// The same for reading a file that may have any number of links.
Status OpenLinkableFileAt(const At& at, Descriptor* out);
// Makes a new file, mode 0600, opened for reading and writing; EEXIST when the name is taken.
Status CreateFileAt(const At& at, Descriptor* out);
Status OpenRegularFile(const char* path, Descriptor* out);  // follows links: for paths that the user chose
Status CreateFile(const char* path, Descriptor* out);

Status SizeOf(int fd, const char* path, std::uint64_t* bytes);
// Whether this user's file at `path` still is the one open as `fd`, that is, nobody removed it.
bool IsLinked(int fd);

// Whether both are the same file, under whatever names.
bool IsSameFile(int a, int b);

// How much more the file system of `fd` would take; ~0 when it does not tell.
std::uint64_t FreeBytes(int fd);

// Makes [offset, offset + length), which nobody else uses, exist: kNoSpace when it cannot. Only grows files. A file
// system without fallocate(2) gets zeros.
Status Allocate(int fd, const char* path, std::uint64_t offset, std::uint64_t length);

// The same for a file in memory from which many small stores are to come: all of its pages are there and hold zeros
// afterwards, and the first access to one maps its neighbours as well. That costs two thirds of allocating and
// faulting.
Status AllocateWritten(int fd, const char* path, std::uint64_t offset, std::uint64_t length);

struct Target {
  int fd = -1;
  const char* path = "";
};
using Piece = std::span<const std::byte>;

// Writes the pieces one after the other at `offset`. Parts may have been written when it fails.
Status WriteAt(const Target& to, std::uint64_t offset, std::span<const Piece> pieces);
// The same at the descriptor's position.
Status WriteAll(const Target& to, Piece piece);
// *written tells how much also when it fails.
Status WriteCounted(const Target& to, Piece piece, std::size_t* written);
// Fills `to`; a file that ends before is kCorrupt.
Status ReadAt(const Target& from, std::uint64_t offset, std::span<std::byte> to);
// Reads at the position until `to` is full or the input ends; *count tells how much.
Status ReadUpTo(const Target& from, std::span<std::byte> to, std::size_t* count);

// flock without waiting. *locked false: another open file has it.
Status TryLock(const Target& file, bool exclusive, bool* locked);
// Tries once a millisecond, for at most so many.
Status LockWithin(const Target& file, bool exclusive, int milliseconds, bool* locked);

std::uint64_t RealTimeNanoseconds();
unsigned EffectiveUser();

}  // namespace otto::posix
