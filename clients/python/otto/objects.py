"""The bytes of a segment: of a file, or of the shared memory objects that stubs name (docs/shm-format.md, section 12)."""
import errno
import os

from .private_files import CorruptRegion, _check_private, _open_in, _read_at

_STUB_BYTES = 64
_OBJECT_NAME = b"/otto-"
_PART_BYTES = (1 << 20, 1 << 30)  # the first and the largest


class _FileBytes:
    """A file, which may grow."""

    def __init__(self, path, fd, size):
        self._path, self._fd, self._size = path, fd, size

    def close(self):
        os.close(self._fd)

    def size(self, at_least=0):
        """Its length; looked at again when it seems too short."""
        if self._size < at_least:
            self._size = os.fstat(self._fd).st_size
        return self._size

    def read(self, at, length):
        return _read_at(self._fd, at, length, self._path)


class _ObjectBytes:
    """Objects that never change their size, one after the other."""

    def __init__(self, directory, stub):
        self._directory, self._path = directory, os.path.join(directory, "region")
        self._parts = [(_open_object(stub, self._path, _PART_BYTES[0])[0], 0, _PART_BYTES[0])]

    def close(self):
        for fd, _, _ in self._parts:
            os.close(fd)

    def size(self, at_least=0):
        _, start, length = self._parts[-1]
        while start + length < at_least:
            start += length
            length = min(start, _PART_BYTES[1])
            name = "region.p%d" % len(self._parts)
            try:
                stub, _ = _open_in(self._directory, name)
            except FileNotFoundError:
                return start
            self._parts.append((_open_object(stub, os.path.join(self._directory, name), length)[0], start, length))
        return start + length

    def read(self, at, length):
        for fd, start, part in self._parts:
            if start <= at < start + part:
                if at + length > start + part:
                    raise CorruptRegion("%s: what is at %#x crosses the border of two parts" % (self._path, at))
                return _read_at(fd, at - start, length, self._path)
        raise CorruptRegion("%s has no part with the offset %#x" % (self._path, at))


def _is_stub(size):
    """Of the file `region`: a region is never so small."""
    return size == _STUB_BYTES


def _open_object(stub, shown, length):
    """The object that the open file `stub` names, and its size, which is at least `length`. Closes the stub."""
    try:
        text = os.pread(stub, _STUB_BYTES + 1, 0)
    finally:
        os.close(stub)
    name = text.rstrip(b"\0")
    digits = name[len(_OBJECT_NAME) :]
    if len(text) != _STUB_BYTES or not name.startswith(_OBJECT_NAME) or len(digits) != 16 or digits.strip(b"0123456789abcdef"):
        raise CorruptRegion("%s names no shared memory object" % shown)
    from _posixshmem import shm_open

    try:
        # For writing, too: who opens a FIFO of that name to read from waits for a writer.
        fd = shm_open(name.decode(), os.O_RDWR, mode=0o600)
    except OSError as error:
        if error.errno == errno.ENOENT:
            raise CorruptRegion("the shared memory object of %s is gone" % shown) from None
        raise OSError(error.errno, error.strerror, shown) from None
    size = _check_private(fd, shown, "object").st_size
    if size < length:
        os.close(fd)
        raise CorruptRegion("the shared memory object of %s has %d bytes, not %d" % (shown, size, length))
    return fd, size
