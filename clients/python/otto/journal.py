"""Sets values in the files store (docs/task-protocol.md, section 2)."""
import errno
import os

from .history import _ValueFile
from .values import _as_bytes, _length

_TAGS = {"string": b"s", "raw": b"s", "bytes": b"b", "json": b"j"}


class _Journal:
    """Appends records. The file is opened for each one: a script may close or reuse any descriptor."""

    def __init__(self, spool):
        self._directory = spool
        self._number = 0
        self._files = {}

    def set(self, key, kind, data):
        tag = _TAGS[kind]
        if len(key) + _length(data) + 6 <= 4096:
            small = bytes(_as_bytes(data))
            if b"\0" not in small:
                return self._append(tag, key, small)
        name = self._new_file(lambda path: _write_new(path, _as_bytes(data)))
        self._append_file(key, kind, name, _length(data))

    def forward(self, key, kind, stored):
        """Passes on a value that has a file of its own, as the type `kind` (None: its own). False: it has to be written."""
        if not isinstance(stored, _ValueFile):
            return False
        try:
            name = self._new_file(lambda path: os.link(stored.path, path))
        except OSError:
            return False  # Not every file system has links.
        self._append_file(key, kind or stored.kind, name, stored.nbytes)
        return True

    def delete(self, key):
        self._append(b"d", key, b"")

    def find(self, key):
        """A value in a file of its own that this process has set."""
        return self._files.get(key)

    def _append_file(self, key, kind, name, nbytes):
        self._append(_TAGS[kind].upper(), key, name.encode())
        self._files[key] = _ValueFile(kind, os.path.join(self._directory, name), nbytes)

    def _append(self, tag, key, payload):
        record = b"\0" + tag + key + b"\0=" + payload + b"\0."
        path = os.path.join(self._directory, "journal")
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if os.write(fd, record) != len(record):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        finally:
            os.close(fd)

    def _new_file(self, make):
        """Name of the file that `make` has made; FileExistsError makes it try the next name."""
        while True:
            self._number += 1
            name = "%d-%d.value" % (os.getpid(), self._number)
            try:
                make(os.path.join(self._directory, name))
                return name
            except FileExistsError:
                continue


def _write_new(path, data):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(fd, rest[: 1 << 30]) :]
    except BaseException:
        os.unlink(path)
        raise
    finally:
        os.close(fd)
