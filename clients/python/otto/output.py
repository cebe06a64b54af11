"""OUTPUT: the values that a task sets."""
import os
import sys
from _collections_abc import MutableMapping

from .broker import _BrokerWriter
from .exported import _keep_exported
from .journal import _Journal
from .library import _RegionWriter
from .mapped import _LARGE, _mapped_value, _remembered_value
from .region import _Region
from .task import _SPOOL, _STORE, _check_is_task, _find_library, _task
from .values import _decode, _encode, _key_bytes, _length, _missing, _no_attribute


def _write(writer, key, name, value):
    """Sets one value; gives the type and the bytes that were set. `name` is what errors call it."""
    kind, data = _encode(name, value)
    if _length(data) > _LARGE:
        stored, wanted = None, None
        if isinstance(data, memoryview):
            stored, wanted = _mapped_value(data), kind
        elif kind in ("string", "bytes"):
            stored = _remembered_value(value, data)
        if stored is not None and writer.forward(key, wanted, stored):
            return kind, data
    writer.set(key, kind, data)
    return kind, data


class _Output(MutableMapping):
    """Writes at once, so that a value survives whatever happens to the process. A list or dict is written again when the process
    that set it ends, if it has changed."""

    def __init__(self):
        self._values = {}
        self._watched = {}
        self._writer = None

    def __setitem__(self, key, value):
        name = _key_bytes(key)
        kind, data = self._set(key, name, value)
        if isinstance(value, (list, tuple, dict)):
            self._values[key] = value
            self._watched[key] = (os.getpid(), hash(data))
            _save_when_child_ends()
            return
        self._watched.pop(key, None)
        # A large value is the script's to free, and a buffer its own to change: they are read again.
        self._values[key] = _AT_THE_STORE if _length(data) > _LARGE else bytes(value) if kind == "bytes" else value

    def __setattr__(self, name, value):
        """What is written as in Node would be an attribute that nobody reads."""
        if not name.startswith("_"):
            raise _no_attribute("OUTPUT", "OUTPUT[%r] = value" % name, name)
        object.__setattr__(self, name, value)

    def __getattr__(self, name):
        raise _no_attribute("OUTPUT", "OUTPUT[%r]" % name, name)

    def __delitem__(self, key):
        if key not in self._values:
            raise _missing("output", key, self._values)
        self._store().delete(_key_bytes(key))
        del self._values[key]
        self._watched.pop(key, None)

    def __getitem__(self, key):
        try:
            value = self._values[key]
        except KeyError:
            raise _missing("output", key, self._values) from None
        if value is not _AT_THE_STORE:
            return value
        source = _Region(_SPOOL) if _STORE == "shm" else self._store()
        stored = source.find(_key_bytes(key))
        return _decode(stored.kind, stored.read())

    def __contains__(self, key):
        return key in self._values

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)

    def __repr__(self):
        return "OUTPUT(%r)" % self._values

    def __reduce__(self):
        return "OUTPUT"

    def save_changed(self):
        """Writes again the lists and dicts of this process that have changed since they were set. All are tried."""
        failure = None
        for key, (pid, written) in list(self._watched.items()):
            try:
                if pid == os.getpid() and hash(_encode("OUTPUT[%r]" % key, self._values[key])[1]) != written:
                    self._set(key, _key_bytes(key), self._values[key])
            except (TypeError, ValueError, OSError, RuntimeError) as error:
                failure = failure or error
        if failure is not None:
            raise failure

    def _set(self, key, name, value):
        try:
            return _write(self._store(), name, "OUTPUT[%r]" % key, value)
        except OSError as error:
            why = "OUTPUT[%r] cannot be kept: %s%s" % (key, error.strerror, _hint(error))
            raise OSError(error.errno, why, error.filename or _SPOOL) from None

    def _store(self):
        if self._writer is None:
            _check_is_task()
            self._writer = _new_writer()
        return self._writer


def _new_writer():
    if _STORE == "shm":
        return _RegionWriter(_SPOOL, _find_library())
    socket = None if _STORE == "files" else _task().get("socket")
    return _Journal(_SPOOL) if socket is None else _BrokerWriter(socket, _task()["task"])


class _AtTheStore:
    def __repr__(self):
        return "<large>"


_AT_THE_STORE = _AtTheStore()


def _hint(error):
    import errno

    full = _STORE == "shm" and error.errno == errno.ENOSPC
    return " (make room in /dev/shm and on the disk that takes what does not fit there)" if full else ""


_script_process = None


def _is_script():
    """This process runs a task's script: what it has exported as OTTO_OUT_* when it ends are values."""
    global _script_process
    _script_process = os.getpid()


def _finish():
    """What is left to do when the process ends."""
    try:
        if os.getpid() == _script_process:
            _keep_exported(os.environ)
        OUTPUT.save_changed()
    except (TypeError, ValueError, OSError, RuntimeError) as error:
        # An exception in an exit handler would not change the exit code.
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, ValueError, OSError):
                pass
        os.write(2, ("otto: %s: %s\n" % (type(error).__name__, error)).encode("utf-8", "backslashreplace"))
        os._exit(1)


_children_that_save = set()


def _save_when_child_ends():
    """Children of multiprocessing end without exit handlers, but with finalizers."""
    util = sys.modules.get("multiprocessing.util")
    if util is None or os.getpid() in _children_that_save:
        return
    from multiprocessing.process import parent_process

    if parent_process() is not None:
        _children_that_save.add(os.getpid())
        util.Finalize(None, _finish, exitpriority=-100)


OUTPUT = _Output()
