"""Reads and writes regions in shared memory, from docs/shm-format.md alone: reading by mmap, writing through libotto.so."""
import errno
import mmap
import os
import stat
import struct

LAYOUT = {
    "header.magic": 0,
    "header.major": 8,
    "header.minor": 10,
    "header.header_bytes": 12,
    "header.reader_features": 16,
    "header.writer_features": 24,
    "header.root_offset": 32,
    "header.root_bits": 40,
    "header.node_bits": 44,
    "header.run_hash": 48,
    "header.task_hash": 56,
    "header.created_ns": 64,
    "header.backend": 72,
    "header.tail": 128,
    "header.next_sequence": 192,
    "header.next_value_file": 256,
    "header.state": 320,
    "header.spill_tail": 384,
    "header.charged": 448,
    "record.previous": 0,
    "record.sequence": 8,
    "record.key_hash": 16,
    "record.value_bytes": 24,
    "record.key_bytes": 32,
    "record.type": 36,
    "record.place": 37,
    "record.file_number": 40,
    "record.record_bytes": 48,
    "record.key": 64,
    "type.string": 1,
    "type.bytes": 2,
    "type.json": 3,
    "type.raw": 4,
    "type.deleted": 5,
    "magic": b"OTTOMAP\0",
    "major": 1,
    "minor": 1,
    "header_bytes": 4096,
    "root_offset": 4096,
    "root_bits": 12,
    "node_bits": 6,
    "first_free": 36864,
    "initial_bytes": 65536,
    "max_key_bytes": 2048,
    "max_inline_bytes": 1048576,
}
_TYPES = {LAYOUT["type." + name]: name for name in ("string", "bytes", "json", "raw", "deleted")}
_NODE_BYTES = 8 << LAYOUT["node_bits"]
_LAST_LEVEL = 8
_LONGEST_CHAIN = 65536


class CorruptRegion(RuntimeError):
    """The region breaks a rule of docs/shm-format.md, section 7."""


def read_entries(directory):
    """key -> (type, function that gives the value's bytes as a memoryview), in the order in which keys were first set."""
    return _Region(directory).entries()


def open_private(name, directory_fd, shown, flags=os.O_RDONLY):
    """Rule 1: opened without following links, ours alone. Returns the fd and its size."""
    try:
        fd = os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory_fd)
    except OSError as error:
        raise OSError(error.errno, error.strerror, shown) from None
    found = os.fstat(fd)
    is_right_kind = stat.S_ISDIR(found.st_mode) if flags & os.O_DIRECTORY else stat.S_ISREG(found.st_mode)
    if not is_right_kind or (not flags & os.O_DIRECTORY and found.st_nlink != 1):
        os.close(fd)
        raise CorruptRegion("%s is not a plain file or directory of its own" % shown)
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        os.close(fd)
        raise CorruptRegion("%s belongs to another user or is open to others" % shown)
    return fd, found.st_size


def key_hash(key):
    """FNV-1a over the bytes, finished by MurmurHash3's fmix64 (section 4)."""
    h = 0xCBF29CE484222325
    for byte in key:
        h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    h = ((h ^ (h >> 33)) * 0xFF51AFD7ED558CCD) & 0xFFFFFFFFFFFFFFFF
    h = ((h ^ (h >> 33)) * 0xC4CEB9FE1A85EC53) & 0xFFFFFFFFFFFFFFFF
    return h ^ (h >> 33)


def open_directory(directory):
    """The parents are checked on the way down: root, run, task."""
    run, task = os.path.split(directory)
    root, run_name = os.path.split(run)
    root_fd = open_private(root, None, root, os.O_DIRECTORY)[0]
    try:
        run_fd = open_private(run_name, root_fd, run, os.O_DIRECTORY)[0]
    finally:
        os.close(root_fd)
    try:
        return open_private(task, run_fd, directory, os.O_DIRECTORY)[0]
    finally:
        os.close(run_fd)


def open_in(directory, name):
    """A file of the task's directory. No directory is kept open: descriptors belong to the script."""
    directory_fd = open_directory(directory)
    try:
        return open_private(name, directory_fd, os.path.join(directory, name))
    finally:
        os.close(directory_fd)


class _Region:
    def __init__(self, directory):
        self.directory = directory
        self.path = os.path.join(directory, "region")
        fd, self.size = open_in(directory, "region")
        try:
            if self.size < LAYOUT["initial_bytes"]:
                raise self.corrupt("it has only %d bytes" % self.size)
            self.map = mmap.mmap(fd, self.size, access=mmap.ACCESS_READ)
        finally:
            os.close(fd)
        self.check_header()

    def corrupt(self, why):
        return CorruptRegion("the shared memory region %s is damaged: %s" % (self.path, why))

    def header(self, form, name):
        return struct.unpack_from("<" + form, self.map, LAYOUT["header." + name])[0]

    def check_header(self):
        """Rule 2."""
        if self.header("8s", "magic") != LAYOUT["magic"]:
            raise self.corrupt("it does not begin with OTTOMAP")
        major, features = self.header("H", "major"), self.header("Q", "reader_features")
        if major != LAYOUT["major"] or features:
            text = "%s has format %d with features %#x, this client knows format %d without"
            raise CorruptRegion(text % (self.path, major, features, LAYOUT["major"]))
        for form, name in (("I", "header_bytes"), ("Q", "root_offset"), ("I", "root_bits"), ("I", "node_bits")):
            if self.header(form, name) != LAYOUT[name]:
                raise self.corrupt("%s is %d" % (name, self.header(form, name)))

    def entries(self):
        found = []
        self.walk(LAYOUT["root_offset"], 0, 0, found)
        found.sort()
        return {key: (_TYPES[kind], view) for _, _, key, kind, view in found if kind != LAYOUT["type.deleted"]}

    def walk(self, at, level, prefix, found):
        """Collects the newest record of each key below one table. `prefix`: the hash bits that lead to it."""
        bits, known = (LAYOUT["root_bits"], 0) if level == 0 else (LAYOUT["node_bits"], 12 + 6 * (level - 1))
        for index, word in enumerate(struct.unpack_from("<%dQ" % (1 << bits), self.map, at)):
            if word:
                self.follow(word, level, (prefix | index << known, known + bits), found)

    def follow(self, word, level, place, found):
        """Rules 3 and 4."""
        is_node = word & 1
        at = word & ((1 << 56) - 64)
        if word & 0x3E or word >> 56 or at < LAYOUT["first_free"]:
            raise self.corrupt("slot %#x" % word)
        if at + (_NODE_BYTES if is_node else LAYOUT["record.key"]) > self.size:
            raise self.corrupt("slot %#x leads beyond its end" % word)
        if not is_node:
            self.chain(at, level, place, found)
        elif level >= _LAST_LEVEL:
            raise self.corrupt("node below the last level")
        else:
            self.walk(at, level + 1, place[0], found)

    def chain(self, at, level, place, found):
        seen = set()
        for _ in range(_LONGEST_CHAIN):
            previous, record = self.record(at, place)
            if record[2] not in seen:
                seen.add(record[2])
                found.append(record)
            if level < _LAST_LEVEL or not previous:
                return
            at = previous
            if at & 63 or at < LAYOUT["first_free"] or at + LAYOUT["record.key"] > self.size:
                raise self.corrupt("record chain leads to %#x" % at)
        raise self.corrupt("endless chain of records")

    def record(self, at, place):
        """Rules 5 and 6. `place`: the hash bits that led here, and how many they are."""
        previous, sequence, hashed, value_bytes, key_bytes, kind, where, _, number, length = struct.unpack_from(
            "<QQQQIBBHQQ", self.map, at
        )
        start = LAYOUT["record.key"] + key_bytes
        start += -start % (64 if value_bytes >= 64 else 8)
        in_record = 0 if where or kind == LAYOUT["type.deleted"] else value_bytes
        if (
            not 1 <= key_bytes <= LAYOUT["max_key_bytes"]
            or kind not in _TYPES
            or where > 2
            or length % 64
            or at + length > self.size
            or LAYOUT["record.key"] + key_bytes > length
            or (in_record and start + in_record > length)
        ):
            raise self.corrupt("record at %d" % at)
        key = self.map[at + LAYOUT["record.key"] : at + LAYOUT["record.key"] + key_bytes]
        if key_hash(key) != hashed or hashed & ((1 << place[1]) - 1) != place[0]:
            raise self.corrupt("record at %d has a wrong hash" % at)
        if where:
            view = lambda: self.value_file(where, number, value_bytes)  # noqa: E731
        else:
            view = lambda: memoryview(self.map)[at + start : at + start + value_bytes]  # noqa: E731
        try:
            return previous, (sequence, at, key.decode("utf-8"), kind, view)
        except UnicodeDecodeError:
            raise self.corrupt("key of the record at %d is not UTF-8" % at) from None

    def value_file(self, where, number, length):
        """Rule 7."""
        name = "%d.value" % number
        if where != 1:
            raise self.corrupt("%s is in a spill directory, which this client does not know" % name)
        fd, size = open_in(self.directory, name)
        try:
            if size != length:
                raise self.corrupt("%s has %d bytes, not %d" % (name, size, length))
            return memoryview(mmap.mmap(fd, size, access=mmap.ACCESS_READ) if size else b"")
        finally:
            os.close(fd)


class Writer:
    """Sets this task's values. A forked child opens the region anew: a handle belongs to one process."""

    def __init__(self, directory, library):
        import ctypes

        if library is None:
            raise RuntimeError("libotto.so has not been built: Python cannot set values in shared memory without it")
        self._directory = directory
        self._ctypes = ctypes
        self._library = ctypes.CDLL(library)
        self._declare()
        self._handle = None
        self._pid = None

    def _declare(self):
        c = self._ctypes
        key = [c.c_void_p, c.c_char_p, c.c_size_t]
        library = self._library
        library.otto_open.argtypes = [c.c_char_p, c.POINTER(c.c_void_p)]
        library.otto_set.argtypes = key + [c.c_int, c.c_char_p, c.c_size_t]
        library.otto_delete.argtypes = key
        library.otto_new_value_file.argtypes = [c.c_void_p, c.POINTER(c.c_uint64)]
        library.otto_publish_value_file.argtypes = key + [c.c_int, c.c_uint64]
        library.otto_last_error.restype = c.c_char_p

    def set(self, key, kind, data):
        number = LAYOUT["type." + kind]
        if len(data) <= LAYOUT["max_inline_bytes"]:
            data = bytes(data)
            self._call("otto_set", self._task(), key, len(key), number, data, len(data))
        else:
            self._set_file(key, number, data)

    def delete(self, key):
        self._call("otto_delete", self._task(), key, len(key))

    def _set_file(self, key, kind, data):
        """One copy: from the script's own buffer into the file."""
        number = self._ctypes.c_uint64()
        self._call("otto_new_value_file", self._task(), self._ctypes.byref(number))
        path = os.path.join(self._directory, "%d.value" % number.value)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(fd, rest[: 1 << 30]) :]
            self._call("otto_publish_value_file", self._task(), key, len(key), kind, number)
        except BaseException as error:
            os.unlink(path)
            if isinstance(error, OSError) and error.errno is not None:
                raise OSError(error.errno, os.strerror(error.errno), path) from None
            raise
        finally:
            os.close(fd)

    def _task(self):
        if self._pid != os.getpid():
            handle = self._ctypes.c_void_p()
            self._call("otto_open", os.fsencode(self._directory), self._ctypes.byref(handle))
            self._handle, self._pid = handle, os.getpid()
        return self._handle

    def _call(self, name, *arguments):
        code = getattr(self._library, name)(*arguments)
        if code:
            message = self._library.otto_last_error().decode("utf-8", "replace")
            if code == -2:
                raise OSError(errno.ENOSPC, message)
            raise RuntimeError(message)
