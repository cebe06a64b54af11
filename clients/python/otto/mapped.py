"""Values that lie in files of their own: mappings for views, and how a value is known again that is passed on unchanged."""
import os
import sys

from .private_files import _pread, _read_at

_mapped = []  # (weak reference to a mapping, the stored value it shows)
_whole = {}  # id of a large str or bytes that a read gave -> the stored value; the object may be gone since
_LARGE = 1 << 20  # what is larger has a file of its own in shared memory
_REMEMBERED = 64


def _map(fd, stored):
    """A view of a whole file. It is as good as the file: who cuts it short makes a process that looks there end by SIGBUS."""
    if not stored.nbytes:
        return memoryview(b"")
    import mmap
    from _weakref import ref

    # Python would keep a duplicate of the descriptor for as long as the view exists.
    more = {"trackfd": False} if sys.version_info >= (3, 13) else {}
    mapping = mmap.mmap(fd, stored.nbytes, access=mmap.ACCESS_READ, **more)
    _mapped[:] = [(other, value) for other, value in _mapped if other() is not None]
    _mapped.append((ref(mapping), stored))
    return memoryview(mapping)


class _InFile:
    """A stored value (see _decode) in a file of its own, which `open()` gives with its path."""

    __slots__ = ()

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


def _mapped_value(view):
    """The stored value on whose mapping `view` lies, if it is all of it, in whatever shape and through whatever object."""
    address = None
    for reference, stored in reversed(_mapped):
        mapping = reference()
        if mapping is None or stored.nbytes != view.nbytes:
            continue
        if view.obj is mapping:
            return stored
        address = address or _address(view)
        if address == _address(memoryview(mapping)):
            return stored
    return None


def _remember(value, stored):
    """Forwarding `value` can be told from writing it anew. No reference is kept: its memory is the script's to free."""
    for oldest in list(_whole)[: 1 - _REMEMBERED]:
        _whole.pop(oldest, None)
    _whole[id(value)] = stored


def _remembered_value(value, data):
    """The stored value that `value` was read from. Another object may have its id by now, so the bytes are compared."""
    stored = _whole.get(id(value))
    if stored is None or stored.nbytes != len(data):
        return None
    try:
        fd, _ = stored.open()
    except (OSError, RuntimeError):
        return None
    try:
        return stored if _file_holds(fd, data) else None
    finally:
        os.close(fd)


def _file_holds(fd, data):
    with _Pointer(data) as pointer:
        view = pointer.view()
        at = 0
        while at < len(view):
            part = _pread(fd, min(_LARGE, len(view) - at), at)
            # Unlike ==, startswith compares at the speed of memory.
            if not part or not part.startswith(view[at : at + len(part)]):
                return False
            at += len(part)
    return True


def _address(view):
    with _Pointer(view) as pointer:
        return pointer.address


class _Pointer:
    """Address and length of the bytes of an object, which stay where they are inside the `with`. No copy is made.

    `data` is bytes, a memoryview that is contiguous, or a str that is ASCII.
    """

    def __init__(self, data):
        self.data = data

    def __enter__(self):
        api = _python_api()
        self.buffer = None
        if isinstance(self.data, str):
            # The str's own bytes: what is ASCII is stored as it is in UTF-8.
            self.address, self.length = api.utf8(self.data, None), len(self.data)
        else:
            self.buffer = api.Buffer()
            api.get_buffer(self.data, self.buffer, 0)
            self.address, self.length = self.buffer.buf, self.buffer.len
        return self

    def __exit__(self, *_):
        if self.buffer is not None:
            _python_api().release_buffer(self.buffer)

    def view(self):
        from ctypes import c_char

        return memoryview((c_char * self.length).from_address(self.address or 0)).cast("B")


_api = None


def _python_api():
    """What is needed of Python's own C API. Of our own, because others may declare the functions of ctypes.pythonapi otherwise."""
    global _api
    if _api is None:
        from ctypes import POINTER, PYFUNCTYPE, Structure, c_int, c_ssize_t, c_void_p, py_object, pythonapi

        class Api:
            class Buffer(Structure):
                """struct Py_buffer, the same since Python 3.0."""

                _fields_ = [(name, c_void_p) for name in ("buf", "obj")]
                _fields_ += [(name, c_ssize_t) for name in ("len", "itemsize")]
                _fields_ += [(name, c_int) for name in ("readonly", "ndim")]
                _fields_ += [(name, c_void_p) for name in ("format", "shape", "strides", "suboffsets", "internal")]

        pointer = POINTER(Api.Buffer)
        Api.get_buffer = PYFUNCTYPE(c_int, py_object, pointer, c_int)(("PyObject_GetBuffer", pythonapi))
        Api.release_buffer = PYFUNCTYPE(None, pointer)(("PyBuffer_Release", pythonapi))
        Api.utf8 = PYFUNCTYPE(c_void_p, py_object, c_void_p)(("PyUnicode_AsUTF8AndSize", pythonapi))
        _api = Api
    return _api
