"""Values: their types, their bytes, and the errors that name them.

A stored value is an object with `kind` (a name of Table 4, or "quoted": a string that still is JSON text), `nbytes`, `read()`
(its bytes, copied) and `view()` (a memoryview, without a copy where the store allows it).
"""
from _collections_abc import Mapping

from .json_text import _from_json, _to_json

_MAX_KEY_BYTES = 2048


class _ReadOnly(Mapping):
    """A mapping that says so when it is written to; `_name_for_messages` is what it is called."""

    def __setitem__(self, key, _):
        raise TypeError("%s is read-only: %r cannot be set" % (self._name_for_messages(), key))

    def __delitem__(self, key):
        raise TypeError("%s is read-only: %r cannot be deleted" % (self._name_for_messages(), key))


def _no_attribute(mapping, example, name):
    return AttributeError("%s has no attribute %r: its values are written %s" % (mapping, name, example))


class _InMemory:
    """A stored value that is in memory: it stood in the JSON, or came through a socket."""

    has_file = False

    def __init__(self, kind, data):
        self.kind, self.data, self.nbytes = kind, data, data.nbytes

    def read(self):
        return self.data

    view = read


class _MissingKey(KeyError):
    """A KeyError whose text is shown as it is, not quoted."""

    def __str__(self):
        return self.args[0]

    def __reduce__(self):
        return KeyError, self.args


_MissingKey.__name__ = _MissingKey.__qualname__ = "KeyError"
_MissingKey.__module__ = "builtins"


def _missing(what, key, there):
    names = sorted(there)
    shown = ", ".join(names[:20]) + (" and %d more" % (len(names) - 20) if len(names) > 20 else "")
    return _MissingKey("there is no %s %r; there are: %s" % (what, key, shown or "none"))


def _decode(kind, data):
    """The Python value of a value's bytes."""
    if kind in ("json", "quoted"):
        return _from_json(bytes(data))
    if kind == "bytes":
        return bytes(data)
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError:
        if kind == "raw":
            return bytes(data)
        raise


def _view_of(stored):
    """A value's bytes as every store has them. A string that has no UTF-8 is kept as JSON text."""
    data = stored.view()
    if stored.kind != "quoted":
        return data.toreadonly()
    if b"\\" not in bytes(data):
        return data[1:-1].toreadonly()
    try:
        return memoryview(_decode("quoted", data).encode("utf-8"))
    except UnicodeEncodeError:
        return data.toreadonly()


def _encode(name, value):
    """The type of what was assigned to `name`, and its bytes: a buffer that is contiguous, or a str that is ASCII.

    Refuses what no other language could read.
    """
    if isinstance(value, str):
        if value.isascii():
            return "string", value
        try:
            return "string", value.encode("utf-8")
        except UnicodeEncodeError:
            return "json", _to_json(value, name)
    if isinstance(value, bytes):
        return "bytes", value
    if value is None or isinstance(value, (bool, int, float, list, tuple, dict)):
        return "json", _to_json(value, name)
    view = _buffer_of(value)
    return ("json", _to_json(value, name)) if view is None else ("bytes", _contiguous(name, view))


def _buffer_of(value):
    """Returns, so that what refuses the value later does not show this error, too."""
    try:
        return memoryview(value)
    except TypeError:
        return None


def _contiguous(name, view):
    """The buffer itself where its bytes lie in one piece, else a copy where they do."""
    if view.ndim == 0:
        raise TypeError("%s is a single element of a buffer: give its int(), float() or bytes()" % name)
    # In a format, names of fields stand between colons.
    if "O" in "".join(view.format.split(":")[::2]):
        raise TypeError("%s holds references to Python objects, not bytes" % name)
    return view if view.c_contiguous else view.tobytes()


def _length(data):
    """Bytes of what `_encode` gave."""
    return data.nbytes if isinstance(data, memoryview) else len(data)


def _as_bytes(data):
    """What `_encode` gave, as an object whose items are bytes, without a copy where that is possible."""
    if isinstance(data, str):
        return data.encode("ascii")
    if not isinstance(data, memoryview):
        return data
    if not data.nbytes:
        return b""
    try:
        return data.cast("B")
    except (TypeError, ValueError):
        return data.tobytes()  # Its format is none that memoryview knows: a structure, or the other byte order.


def _key_bytes(key):
    if not isinstance(key, str):
        raise TypeError("a key of OUTPUT is a str, not %s: %r" % (type(key).__name__, key))
    try:
        data = key.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("a key of OUTPUT must be valid Unicode: %r" % key) from None
    if not 1 <= len(data) <= _MAX_KEY_BYTES or b"\0" in data:
        raise ValueError("a key has 1 to %d bytes and no NUL, this one has %d: %r" % (_MAX_KEY_BYTES, len(data), key))
    return data
