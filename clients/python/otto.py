"""otto's Python client: INPUT and OUTPUT of a task's script (docs/task-protocol.md, docs/shm-format.md).

Only the standard library, Python 3.8 or later. Whatever a script may not need (json, mmap, ctypes) is imported by the first
use, because every Python task pays for what stands at the top.

INPUT reads a dependency's values at its first use. OUTPUT writes at once, so that a value survives whatever happens to the
process; lists and dicts are written again when the process that set them ends, if they have changed.
"""
import os
import sys
from _collections_abc import Mapping, MutableMapping

MAX_KEY_BYTES = 2048
_TASK = os.environ.get("OTTO_TASK", "")
_TASK_DIR = os.environ.get("OTTO_TASK_DIR", "")
_SPOOL = os.environ.get("OTTO_SPOOL", "")
_STORE = os.environ.get("OTTO_STORE", "files")


def names_of_a_script():
    """The globals that a task's script has."""
    import atexit

    # Registered before any handler of the script: runs after all of them.
    atexit.register(_finish)
    return {
        "INPUT": INPUT,
        "OUTPUT": OUTPUT,
        "otto_set_output": OUTPUT.__setitem__,
        "otto_get_input": INPUT.get,
        "otto_deserialize_input": lambda *task: None,
    }


def _finish():
    try:
        OUTPUT.save_changed()
    except (TypeError, ValueError, OSError) as error:
        # An exception in an exit handler would not change the exit code.
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, ValueError, OSError):
                pass
        os.write(2, ("otto: %s: %s\n" % (type(error).__name__, error)).encode("utf-8", "backslashreplace"))
        os._exit(1)


_task_json = None


def _task():
    """task.json, read once."""
    global _task_json
    if _task_json is None:
        import json

        with open(os.path.join(_TASK_DIR, "task.json"), encoding="utf-8") as file:
            found = json.load(file)
        if found.get("version") != 1:
            raise RuntimeError("task.json has version %r, this client knows 1" % (found.get("version"),))
        _task_json = found
    return _task_json


_parts = {}


def _part(name):
    """A file next to this one, loaded at its first use: sys.path and sys.modules belong to the script."""
    if name not in _parts:
        from importlib.util import module_from_spec, spec_from_file_location

        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".py")
        spec = spec_from_file_location(name, path)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        _parts[name] = module
    return _parts[name]


def __getattr__(name):
    if name == "LAYOUT":
        return _part("otto_region").LAYOUT
    raise AttributeError(name)


# --- values ---------------------------------------------------------------------------------------------------------


class _MissingKey(KeyError):
    """A KeyError whose text is shown as it is, not quoted."""

    def __str__(self):
        return self.args[0]


_MissingKey.__name__ = _MissingKey.__qualname__ = "KeyError"
_MissingKey.__module__ = "builtins"


def _missing(what, key, there):
    names = sorted(there)
    shown = ", ".join(names[:20]) + (" and %d more" % (len(names) - 20) if len(names) > 20 else "")
    return _MissingKey("there is no %s %r; there are: %s" % (what, key, shown or "none"))


def _decode(kind, data):
    """The Python value of a value's bytes; `quoted` is a string that still is JSON text."""
    if kind in ("json", "quoted"):
        return _part("otto_convert").from_json(bytes(data))
    if kind == "bytes":
        return bytes(data)
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError:
        if kind == "raw":
            return bytes(data)
        raise


def _view(kind, data):
    """A value's bytes as every store has them. A string that has no UTF-8 is kept as JSON text."""
    if kind != "quoted":
        return data
    if b"\\" not in bytes(data):
        return data[1:-1]
    try:
        return memoryview(_decode(kind, data).encode("utf-8"))
    except UnicodeEncodeError:
        return data


def _encode(key, value):
    """The type and the bytes of what the script assigned; refuses what no other language could read."""
    if isinstance(value, str):
        try:
            return "string", value.encode("utf-8")
        except UnicodeEncodeError:
            pass
    elif isinstance(value, (bytes, bytearray, memoryview)):
        if isinstance(value, bytes):
            return "bytes", value
        view = memoryview(value)
        return "bytes", view.cast("B") if view.c_contiguous and view.nbytes else view.tobytes()
    return "json", _part("otto_convert").to_json(value, "OUTPUT[%r]" % key)


def _key_bytes(key):
    if not isinstance(key, str):
        raise TypeError("a key of OUTPUT is a str, not %s: %r" % (type(key).__name__, key))
    try:
        data = key.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("a key of OUTPUT must be valid Unicode: %r" % key) from None
    if not 1 <= len(data) <= MAX_KEY_BYTES or b"\0" in data:
        raise ValueError("a key has 1 to %d bytes and no NUL, this one has %d: %r" % (MAX_KEY_BYTES, len(data), key))
    return data


# --- OUTPUT ---------------------------------------------------------------------------------------------------------


class _Output(MutableMapping):
    def __init__(self):
        self._values = {}
        self._watched = {}
        self._writer = None

    def __setitem__(self, key, value):
        name = _key_bytes(key)
        kind, data = _encode(key, value)
        self._write(key, name, kind, data)
        self._values[key] = value
        if isinstance(value, (list, tuple, dict)):
            self._watched[key] = (os.getpid(), hash(data))
        else:
            self._watched.pop(key, None)

    def __delitem__(self, key):
        if key not in self._values:
            raise _missing("output", key, self._values)
        self._store().delete(_key_bytes(key))
        del self._values[key]
        self._watched.pop(key, None)

    def __getitem__(self, key):
        try:
            return self._values[key]
        except KeyError:
            raise _missing("output", key, self._values) from None

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)

    def __repr__(self):
        return "OUTPUT(%r)" % self._values

    def save_changed(self):
        """Writes again the lists and dicts of this process that have changed since they were set. All are tried."""
        failure = None
        for key, (pid, written) in list(self._watched.items()):
            try:
                kind, data = _encode(key, self._values[key])
                if pid == os.getpid() and hash(data) != written:
                    self._write(key, _key_bytes(key), kind, data)
            except (TypeError, ValueError, OSError) as error:
                failure = failure or error
        if failure is not None:
            raise failure

    def _write(self, key, name, kind, data):
        try:
            self._store().set(name, kind, data)
        except OSError as error:
            why = "OUTPUT[%r] cannot be kept: %s%s" % (key, error.strerror, _hint(error))
            raise OSError(error.errno, why, error.filename or _SPOOL) from None

    def _store(self):
        if self._writer is None:
            self._writer = _region_writer() if _STORE == "shm" else _part("otto_journal").Writer(_SPOOL)
        return self._writer


def _hint(error):
    import errno

    full = _STORE == "shm" and error.errno == errno.ENOSPC
    return " (make room in /dev/shm, or run without --fast)" if full else ""


def _region_writer():
    return _part("otto_region").Writer(_SPOOL, _task()["library"])


# --- INPUT ----------------------------------------------------------------------------------------------------------


class _Input(Mapping):
    """All values of the dependencies, by `task.key`: the longest dependency name that fits."""

    def __init__(self):
        self._tasks = None

    def of(self, task):
        """The values of one dependency."""
        tasks = self._dependencies()
        if task not in tasks:
            raise _missing("dependency", task, tasks)
        return tasks[task]

    def view(self, key):
        """The value's bytes, without a copy where the store allows it."""
        task, name = self._find(key)
        return task.view(name)

    def __getitem__(self, key):
        task, name = self._find(key)
        return task[name]

    def __contains__(self, key):
        try:
            self._find(key)
        except KeyError:
            return False
        return True

    def __iter__(self):
        seen = set()
        for name, task in sorted(self._dependencies().items()):
            for key in task:
                full = "%s.%s" % (name, key)
                if full not in seen:
                    seen.add(full)
                    yield full

    def __len__(self):
        return sum(1 for _ in self)

    def __repr__(self):
        return "INPUT(%s)" % ", ".join(map(repr, self))

    def _find(self, key):
        if isinstance(key, str):
            for name, task in self._dependencies().items():
                if key.startswith(name) and key[len(name) : len(name) + 1] == ".":
                    rest = key[len(name) + 1 :]
                    if rest in task:
                        return task, rest
        raise _missing("input", key, self)

    def _dependencies(self):
        """Longest names first."""
        if self._tasks is None:
            inputs = sorted(_task()["inputs"], key=lambda one: -len(one["task"]))
            self._tasks = {one["task"]: _Dependency(one) for one in inputs}
        return self._tasks


_KEPT_BYTES = 1 << 20


class _Dependency(Mapping):
    """The values of one dependency, listed at the first use and converted one by one."""

    def __init__(self, place):
        self._place = place
        self._entries = None
        self._values = {}

    def view(self, key):
        kind, data = self._entry(key)
        return _view(kind, data()).toreadonly()

    def __getitem__(self, key):
        if key in self._values:
            return self._values[key]
        kind, data = self._entry(key)
        view = data()
        value = _decode(kind, view)
        # What the script may change is made anew for each access; what is large is not kept for it.
        if len(view) <= _KEPT_BYTES and not isinstance(value, (list, dict)):
            self._values[key] = value
        return value

    def __contains__(self, key):
        return key in self._all()

    def __iter__(self):
        return iter(self._all())

    def __len__(self):
        return len(self._all())

    def _entry(self, key):
        try:
            return self._all()[key]
        except KeyError:
            raise _missing("value of %r named" % self._place["task"], key, self._all()) from None

    def _all(self):
        if self._entries is None:
            if self._place["shm"] is not None:
                self._entries = _part("otto_region").read_entries(self._place["shm"])
            else:
                self._entries = _part("otto_json").read_entries(self._place["json"])
        return self._entries


INPUT = _Input()
OUTPUT = _Output()
