"""Reads a task's values from its JSON in history (docs/task-protocol.md, section 4): one key a line, each value as it stands."""
import os

from .mapped import _map
from .private_files import _read_at

_TAG = b'{"$otto":'
_WRAPPED = b'{"$otto":"value","value":'


class _History:
    """Where the JSON is. What it says does not change, so that it is read once."""

    sealed = True

    def __init__(self, path):
        self.path = path
        self._found = None

    def find(self, key):
        return self.entries().get(key.decode("utf-8"))

    def entries(self):
        """name -> stored value, in the order in which the keys were first set."""
        if self._found is None:
            self._found = _json_entries(self.path)
        return self._found


def _json_entries(path):
    import json
    import re

    text = _map_text(path)
    line = re.compile(rb'  ("(?:[^"\\]|\\.)*"): ')
    directory = os.path.dirname(os.path.realpath(path))
    entries = {}
    at = text.find(b"\n") + 1
    while True:
        found = line.match(text, at)
        if found is None:
            break
        start = found.end()
        at = text.find(b"\n", start) + 1
        end = at - 1
        if text[end - 1 : end] == b",":
            end -= 1
        entries[json.loads(found.group(1))] = _json_entry(text, start, end, directory)
    if bytes(text[max(at, 0) :]) != b"}\n" and bytes(text) != b"{}\n":
        raise RuntimeError("%s is not what otto writes: line %d" % (path, bytes(text[:at]).count(b"\n") + 1))
    return entries


def _map_text(path):
    import mmap

    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if os.fstat(file.fileno()).st_size else b""


def _json_entry(text, start, end, directory):
    if text[start : start + 1] == b'"':
        return _Inline("quoted", memoryview(text)[start:end])
    if text[start : start + len(_TAG)] != _TAG:
        return _Inline("json", memoryview(text)[start:end])
    if text[start : start + len(_WRAPPED)] == _WRAPPED:
        return _Inline("json", memoryview(text)[start + len(_WRAPPED) : end - 1])
    import base64
    import json
    import re

    tag = json.loads(text[start:end])
    if tag["$otto"] == "bytes":
        return _Inline("bytes", memoryview(base64.b64decode(tag["base64"])))
    if tag["$otto"] != "file" or not re.match(r"values/[0-9]+\Z", tag["path"]):
        raise RuntimeError("%s holds a tag that this client does not know: %r" % (directory, tag["$otto"]))
    return _ValueFile(tag["type"], os.path.join(directory, tag["path"]), tag["bytes"])


class _Inline:
    """A stored value (see _decode) that stands in the JSON."""

    has_file = False

    def __init__(self, kind, data):
        self.kind, self.data, self.nbytes = kind, data, data.nbytes

    def read(self):
        return self.data

    view = read


class _ValueFile:
    """A stored value (see _decode) in a file next to the JSON, or in the spool."""

    has_file = True

    def __init__(self, kind, path, nbytes):
        self.kind, self.path, self.nbytes = kind, path, nbytes

    def open(self):
        """The file and its path; the caller closes it."""
        fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        size = os.fstat(fd).st_size
        if size != self.nbytes:
            os.close(fd)
            raise RuntimeError("%s has %d bytes, not the %d that its task wrote" % (self.path, size, self.nbytes))
        return fd, self.path

    def read(self):
        fd, path = self.open()
        try:
            return _read_at(fd, 0, self.nbytes, path)
        finally:
            os.close(fd)

    def view(self):
        fd, _ = self.open()
        try:
            return _map(fd, self)
        finally:
            os.close(fd)
