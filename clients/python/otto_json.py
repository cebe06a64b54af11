"""Reads a dependency's values from its JSON (docs/task-protocol.md, section 4): one key a line, each value as it stands."""
import base64
import json
import mmap
import os
import re

_LINE = re.compile(rb'  ("(?:[^"\\]|\\.)*"): ')
_TAG = b'{"$otto":'
_WRAPPED = b'{"$otto":"value","value":'
_FILE = re.compile(r"values/[0-9]+\Z")


def read_entries(path):
    """key -> (type, function that gives the value's bytes as a memoryview)."""
    text = map_file(path)
    directory = os.path.dirname(os.path.realpath(path))
    entries = {}
    at = text.find(b"\n") + 1
    while True:
        found = _LINE.match(text, at)
        if found is None:
            break
        start = found.end()
        at = text.find(b"\n", start) + 1
        end = at - 1
        if text[end - 1 : end] == b",":
            end -= 1
        entries[json.loads(found.group(1))] = _entry(text, start, end, directory)
    if bytes(text[max(at, 0) :]) != b"}\n" and bytes(text) != b"{}\n":
        raise RuntimeError("%s is not what otto writes: line %d" % (path, bytes(text[:at]).count(b"\n") + 1))
    return entries


class ValueFile(mmap.mmap):
    """A mapped value; the journal's writer can link the file of one that is forwarded whole."""

    path = None


def map_file(path, length=None):
    """A read-only mapping of the whole file; b"" for an empty one, which cannot be mapped."""
    fd = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(fd).st_size
        if length is not None and size != length:
            raise RuntimeError("%s has %d bytes, not the %d that its task wrote" % (path, size, length))
        if size == 0:
            return b""
        mapped = ValueFile(fd, size, access=mmap.ACCESS_READ)
        mapped.path = path
        return mapped
    finally:
        os.close(fd)


def _entry(text, start, end, directory):
    if text[start : start + 1] == b'"':
        return "quoted", lambda: memoryview(text)[start:end]
    if text[start : start + len(_TAG)] != _TAG:
        return "json", lambda: memoryview(text)[start:end]
    if text[start : start + len(_WRAPPED)] == _WRAPPED:
        return "json", lambda: memoryview(text)[start + len(_WRAPPED) : end - 1]
    tag = json.loads(text[start:end])
    if tag["$otto"] == "bytes":
        return "bytes", lambda: memoryview(base64.b64decode(tag["base64"]))
    if tag["$otto"] != "file" or not _FILE.match(tag["path"]):
        raise RuntimeError("%s holds a tag that this client does not know: %r" % (directory, tag["$otto"]))
    return tag["type"], lambda: memoryview(map_file(os.path.join(directory, tag["path"]), tag["bytes"]))
