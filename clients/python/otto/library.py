"""Writes regions through libotto (native/core/c_api.h)."""
import errno
import os

from .layout import LAYOUT
from .mapped import _LARGE, _Pointer
from .private_files import CorruptRegion
from .region import _Record, _Region

_ERRORS = {-1: CorruptRegion, -4: CorruptRegion, -5: CorruptRegion, -8: ValueError}


class _RegionWriter:
    """Sets a task's values. A forked child opens the region anew: a handle belongs to one process."""

    def __init__(self, directory, library):
        import ctypes

        if library is None:
            raise RuntimeError(
                "libotto.so is not there: Python cannot set values in shared memory without it. `npm rebuild otto` compiles it; "
                "the environment variable OTTO_LIBRARY names one that lies elsewhere"
            )
        self._directory = directory
        self._ctypes = ctypes
        self._library = ctypes.CDLL(library)
        self._declare()
        self._handle = (None, None)

    def _declare(self):
        c = self._ctypes
        key = [c.c_void_p, c.c_char_p, c.c_size_t]
        declared = {
            "otto_open": [c.c_char_p, c.POINTER(c.c_void_p)],
            "otto_set": key + [c.c_int, c.c_void_p, c.c_size_t],
            "otto_delete": key,
            "otto_forward": key + [c.c_char_p, c.c_char_p, c.c_size_t],
            "otto_new_value_file": [c.c_void_p, c.POINTER(c.c_uint64)],
            "otto_publish_value_file": key + [c.c_int, c.c_uint64],
        }
        for name, arguments in declared.items():
            getattr(self._library, name).argtypes = arguments
        self._library.otto_last_error.restype = c.c_char_p
        self._library.otto_close.argtypes = [c.c_void_p]
        self._library.otto_close.restype = None

    def set(self, key, kind, data):
        """One copy, from the script's own buffer."""
        number = LAYOUT["type." + kind]
        if isinstance(data, str) and len(data) < _LARGE:
            data = data.encode("ascii")
        if isinstance(data, bytes):
            self._call("otto_set", self._task(), key, len(key), number, data, len(data))
        else:
            with _Pointer(data) as pointer:
                self._call("otto_set", self._task(), key, len(key), number, pointer.address or None, pointer.length)

    def forward(self, key, kind, stored):
        """Passes on a value of a region that has a file of its own, as the type `kind` (None: its own).

        False: it has to be written.
        """
        if not isinstance(stored, _Record):
            return False
        try:
            if stored.region.sealed and kind in (None, stored.kind):
                source = os.fsencode(stored.region.directory)
                self._call("otto_forward", self._task(), key, len(key), source, stored.key, len(stored.key))
            else:
                # By its number: another value may have its key by now.
                self._link(key, LAYOUT["type." + (kind or stored.kind)], stored)
        except (OSError, RuntimeError, ValueError):
            return False
        return True

    def _link(self, key, kind, stored):
        """The same file under a number of this task, as a value of another type."""
        number = self._ctypes.c_uint64()
        self._call("otto_new_value_file", self._task(), self._ctypes.byref(number))
        fd, source = stored.open()
        os.close(fd)
        path = os.path.join(self._home(), "%d.value" % number.value)
        os.link(source, path)
        try:
            self._call("otto_publish_value_file", self._task(), key, len(key), kind, number)
        except BaseException:
            os.unlink(path)
            raise

    def _home(self):
        region = _Region(self._directory)
        os.close(region.locate()[0])
        return region.home

    def delete(self, key):
        self._call("otto_delete", self._task(), key, len(key))

    def close(self):
        pid, handle = self._handle
        self._handle = (None, None)
        if pid == os.getpid():
            self._library.otto_close(handle)

    def _task(self):
        pid, handle = self._handle
        if pid != os.getpid():
            handle = self._ctypes.c_void_p()
            self._call("otto_open", os.fsencode(self._directory), self._ctypes.byref(handle))
            self._handle = (os.getpid(), handle)
        return handle

    def _call(self, name, *arguments):
        code = getattr(self._library, name)(*arguments)
        if code:
            message = self._library.otto_last_error().decode("utf-8", "replace")
            if code == -2:
                raise OSError(errno.ENOSPC, message)
            raise _ERRORS.get(code, RuntimeError)(message)
