"""Reads a task's values from its JSON in history (docs/task-protocol.md, section 4): one key a line, each value as it stands."""
import os

from .json_text import _from_json
from .mapped import _InFile
from .values import _InMemory

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
    text = _map_text(path)
    directory = os.path.dirname(os.path.realpath(path))
    entries = {}
    at = text.find(b"\n") + 1
    while text[at : at + 3] == b'  "':
        colon = _end_of_string(text, at + 3)
        if text[colon : colon + 2] != b": ":
            break
        start, end = colon + 2, text.find(b"\n", colon)
        entries[_from_json(bytes(text[at + 2 : colon]))] = _json_entry(
            text, start, end - 1 if text[end - 1 : end] == b"," else end, directory
        )
        at = end + 1
    if bytes(text[at:]) != b"}\n" and bytes(text) != b"{}\n":
        raise RuntimeError("%s is not what otto writes: line %d" % (path, bytes(text[:at]).count(b"\n") + 1))
    return entries


def _end_of_string(text, at):
    """Just after the quote that ends a JSON string whose inside begins at `at`; where there is none, 0."""
    while True:
        quote = text.find(b'"', at)
        before = quote
        while before > at and text[before - 1 : before] == b"\\":
            before -= 1
        if (quote - before) % 2 == 0:
            return quote + 1
        at = quote + 1


def _map_text(path):
    import mmap

    with open(path, "rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if os.fstat(file.fileno()).st_size else b""


def _json_entry(text, start, end, directory):
    if text[start : start + 1] == b'"':
        return _InMemory("quoted", memoryview(text)[start:end])
    if text[start : start + len(_TAG)] != _TAG:
        return _InMemory("json", memoryview(text)[start:end])
    if text[start : start + len(_WRAPPED)] == _WRAPPED:
        return _InMemory("json", memoryview(text)[start + len(_WRAPPED) : end - 1])
    tag = _from_json(bytes(text[start:end]))
    if tag["$otto"] == "bytes":
        from binascii import a2b_base64

        return _InMemory("bytes", memoryview(a2b_base64(tag["base64"])))
    folder, _, number = str(tag.get("path")).partition("/")
    if tag["$otto"] != "file" or folder != "values" or not (number.isascii() and number.isdigit()):
        raise RuntimeError("%s holds a tag that this client does not know: %r" % (directory, tag["$otto"]))
    return _ValueFile(tag["type"], os.path.join(directory, tag["path"]), tag["bytes"])


class _ValueFile(_InFile):
    """A stored value in a file next to the JSON, or in the spool."""

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
