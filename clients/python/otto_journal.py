"""Sets values in the files store (docs/task-protocol.md, section 2)."""
import errno
import os

_TAGS = {"string": b"s", "bytes": b"b", "json": b"j"}


class Writer:
    """Appends records (docs/task-protocol.md, section 2). Opened for each record: a script may close or reuse any fd."""

    def __init__(self, spool):
        self._directory = spool
        self._number = 0

    def set(self, key, kind, data):
        tag = _TAGS[kind]
        if len(key) + len(data) + 6 <= 4096 and b"\0" not in bytes(data):
            self._append(tag, key, data)
        else:
            self._append(tag.upper(), key, self._spool(data))

    def delete(self, key):
        self._append(b"d", key, b"")

    def _append(self, tag, key, payload):
        record = b"\0" + tag + key + b"\0=" + payload + b"\0."
        path = os.path.join(self._directory, "journal")
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if os.write(fd, record) != len(record):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        finally:
            os.close(fd)

    def _spool(self, data):
        source = _file_of(data)
        if source is not None:
            try:
                return self._new_file(lambda path: os.link(source, path))
            except OSError:
                pass  # Not every file system has links.
        return self._new_file(lambda path: _write_new(path, data))

    def _new_file(self, make):
        """Name of the file that `make` has made; FileExistsError makes it try the next name."""
        while True:
            self._number += 1
            name = "%d-%d.value" % (os.getpid(), self._number)
            try:
                make(os.path.join(self._directory, name))
                return name.encode()
            except FileExistsError:
                continue


def _file_of(data):
    """The file that holds just these bytes: the script forwards a whole view of an input."""
    source = getattr(data, "obj", None)
    path = getattr(source, "path", None)
    return path if isinstance(path, str) and data.nbytes == len(source) else None


def _write_new(path, data):
    _write_whole(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), path, data)


def _write_whole(fd, path, data):
    """Writes `data` to the new file and closes it; removes it when that fails."""
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(fd, rest[: 1 << 30]) :]
    except BaseException:
        os.unlink(path)
        raise
    finally:
        os.close(fd)
