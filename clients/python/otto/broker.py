"""Sets and gets values through the socket that otto serves (docs/socket-protocol.md)."""
import _thread
import errno
import os

from .task import _task
from .values import _as_bytes, _InMemory

_PROTOCOL = {
    "magic": b"OTTO",
    "version": 1,
    "max_frame_bytes": 1048576,
    "max_chunk_bytes": 1048576,
    "end_of_body": 0,
    "broken_off": 0xFFFFFFFF,
    "request": {"hello": 1, "set": 2, "delete": 3, "get": 4, "list": 5, "progress": 6},
    "answer": {"ok": 128, "value": 129, "missing": 130, "error": 131, "entries": 132, "end": 133},
    "type": {"string": 1, "bytes": 2, "json": 3, "raw": 4},
    "how": {"now": 0, "wait": 1, "follow": 2},
    "error": {"protocol": 1, "refused": 2, "ended": 3, "no-space": 4, "failed": 5, "deadlock": 6},
}
_REQUEST, _ANSWER = _PROTOCOL["request"], _PROTOCOL["answer"]
_TYPE_NAMES = {number: name for name, number in _PROTOCOL["type"].items()}
_OK = b"\1\0\0\0" + _ANSWER["ok"].to_bytes(1, "little")  # the whole frame
_DONE = _ANSWER["ok"], None
_AT_ONCE = 1 << 16  # what is smaller goes out in one piece with what stands around it


class _Connection:
    """One process's way to otto, made by its first request. Any thread may ask; one is served at a time."""

    def __init__(self, path, task):
        self._path, self._task = path, task
        self._lock = _thread.RLock()
        self._wire = None
        self._is_asking = False

    def ask(self, request, body=None):
        """The kind and the fields of the answer; the answer's own body, if it has one, as bytes."""
        with self._lock:
            if self._is_asking:
                # A signal handler, in the middle of what this very thread asks.
                return _Connection(self._path, self._task).ask(request, body)
            self._is_asking = True
            try:
                return self._ask(request, body)
            finally:
                self._is_asking = False

    def _ask(self, request, body):
        wire = self._wire
        if wire is None or not wire.is_own():
            self._wire = None
            wire = self._wire = self._enter()
        try:
            return _checked(wire.ask(request, body))
        except _Refused:
            raise
        except BaseException as error:
            # Also when somebody has interrupted it (Ctrl-C): what comes next would be the answer to this.
            self._wire.drop()
            self._wire = None
            if not isinstance(error, OSError):
                raise
            raise OSError(error.errno, "%s while otto was asked through it" % error.strerror, self._path) from None

    def _enter(self):
        import _socket

        wire = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        try:
            wire.settimeout(None)
            wire.connect(self._path)
        except OSError as error:
            wire.close()
            why = "%s: otto has ended, or a task has removed its socket (it is there again when the next task starts)"
            raise OSError(error.errno, why % error.strerror, self._path) from None
        made = _Wire(wire, self._path)
        made.greet()
        _checked(made.ask(_frame("hello", _text(self._task))))
        return made


class _Wire:
    """Frames on one connected socket."""

    def __init__(self, socket, path):
        self._socket, self._path = socket, path
        self._identity = self._look()
        self._read = b""

    def is_own(self):
        """False when the script has closed the descriptor, and maybe uses its number for something else."""
        if self._look() == self._identity:
            return True
        self._socket.detach()
        return False

    def drop(self):
        if self.is_own():
            self._socket.close()

    def greet(self):
        greeting = _PROTOCOL["magic"] + _PROTOCOL["version"].to_bytes(2, "little") + b"\0\0"
        self._socket.sendall(greeting)
        found = self._take(8)
        if found != greeting:
            raise RuntimeError("%s speaks another protocol than this client: %r" % (self._path, found))

    def ask(self, request, body=None):
        if body is None:
            self._socket.sendall(request)
        else:
            self._send(request, body)
        if not self._read:
            self._read = self._receive(_AT_ONCE)
            if self._read == _OK:
                self._read = b""
                return _DONE
        payload = self._take(int.from_bytes(self._take(4), "little"))
        kind, fields = payload[0], _Fields(payload)
        if kind == _ANSWER["value"]:
            name, nbytes = _TYPE_NAMES[fields.number(1)], fields.number(8)
            return kind, (name, self._body(nbytes))
        if kind == _ANSWER["entries"]:
            return kind, self._all()
        return kind, fields

    def _send(self, request, body):
        nbytes = len(body)
        end = bytes(4)
        if nbytes <= _AT_ONCE:
            head = nbytes.to_bytes(4, "little") if nbytes else b""
            self._socket.sendall(b"".join((request, head, body, end)))
            return
        self._socket.sendall(request)
        view = memoryview(body)
        step = _PROTOCOL["max_chunk_bytes"]
        for at in range(0, nbytes, step):
            part = view[at : at + step]
            self._socket.sendall(len(part).to_bytes(4, "little"))
            self._socket.sendall(part)
        self._socket.sendall(end)

    def _body(self, nbytes):
        """A body of known length, as bytes that were received where they are to stay."""
        from _io import BytesIO

        # Nobody else has these bytes, so that BytesIO neither copies them nor gives a copy of them.
        whole = BytesIO(bytes(nbytes))
        with whole.getbuffer() as view:
            at = 0
            for length in self._chunks():
                if at + length > nbytes:
                    raise RuntimeError("%s sent more of a value than there is" % self._path)
                self._take_into(view[at : at + length])
                at += length
        if at != nbytes:
            raise RuntimeError("%s sent %d bytes of a value that has %d" % (self._path, at, nbytes))
        return whole.getvalue()

    def _all(self):
        return b"".join([self._take(length) for length in self._chunks()])

    def _chunks(self):
        while True:
            length = int.from_bytes(self._take(4), "little")
            if length == _PROTOCOL["end_of_body"]:
                return
            if length == _PROTOCOL["broken_off"]:
                raise _Refused("otto could not read the value: somebody has cut its file")
            yield length

    def _take(self, length):
        while len(self._read) < length:
            self._read += self._receive(max(_AT_ONCE, length - len(self._read)))
        taken, self._read = self._read[:length], self._read[length:]
        return taken

    def _take_into(self, view):
        ahead = self._read[: len(view)]
        self._read = self._read[len(ahead) :]
        view[: len(ahead)] = ahead
        at = len(ahead)
        while at < len(view):
            got = self._socket.recv_into(view[at:])
            if not got:
                self._ended()
            at += got

    def _receive(self, length):
        return self._socket.recv(length) or self._ended()

    def _ended(self):
        raise OSError(errno.ECONNRESET, "otto has closed the connection")

    def _look(self):
        try:
            found = os.fstat(self._socket.fileno())
            return found.st_dev, found.st_ino
        except (OSError, ValueError):
            return None


class _Fields:
    def __init__(self, payload):
        self._payload, self._at = payload, 1

    def number(self, size):
        self._at += size
        return int.from_bytes(self._payload[self._at - size : self._at], "little")

    def text(self):
        length = self.number(4)
        self._at += length
        return self._payload[self._at - length : self._at].decode("utf-8")

    @property
    def more(self):
        return self._at < len(self._payload)


class _Refused(RuntimeError):
    """otto has answered that it will not, and why."""


_Refused.__name__ = _Refused.__qualname__ = "RuntimeError"
_Refused.__module__ = "builtins"


def _checked(answer):
    kind, fields = answer
    if kind != _ANSWER["error"]:
        return answer
    code, text = fields.number(2), fields.text()
    if code == _PROTOCOL["error"]["no-space"]:
        raise _NoSpace(errno.ENOSPC, text)
    raise _Refused(text)


class _NoSpace(OSError, _Refused):
    """The connection goes on."""


_NoSpace.__name__ = _NoSpace.__qualname__ = "OSError"
_NoSpace.__module__ = "builtins"


def _frame(kind, *fields):
    payload = _REQUEST[kind].to_bytes(1, "little") + b"".join(fields)
    return len(payload).to_bytes(4, "little") + payload


def _text(value):
    data = value.encode("utf-8") if isinstance(value, str) else value
    return len(data).to_bytes(4, "little") + data


_connections = {}


def _connection(path):
    """This process's connection to the socket at `path`: a child has to have its own."""
    where = os.getpid(), path
    if where not in _connections:
        _connections.setdefault(where, _Connection(path, _task()["task"]))
    return _connections[where]


class _Sent:
    """A stored value (see _decode) that is fetched when it is read."""

    has_file = False

    def __init__(self, source, key, kind, nbytes):
        self._source, self._key, self.kind, self.nbytes = source, key, kind, nbytes

    def read(self):
        return self._source.fetch(self._key)[1]

    def view(self):
        return memoryview(self.read())


class _BrokerSource:
    """The values of one dependency."""

    sealed = True

    def __init__(self, path, task):
        self._path, self._task = path, task
        self._found = None

    def find(self, key):
        return self.entries().get(key.decode("utf-8"))

    def entries(self):
        if self._found is None:
            _, listed = _connection(self._path).ask(_frame("list", _text(self._task)))
            self._found = dict(self._listed(listed))
        return self._found

    def fetch(self, key):
        """The type and the bytes of a value that is there."""
        return _fetch(_connection(self._path), self._task, key)

    def _listed(self, body):
        fields = _Fields(b"\0" + body)
        while fields.more:
            kind, nbytes, key = _TYPE_NAMES[fields.number(1)], fields.number(8), fields.text()
            yield key, _Sent(self, key, kind, nbytes)


def _fetch(connection, task, key):
    how = _PROTOCOL["how"]["now"].to_bytes(1, "little")
    kind, found = connection.ask(_frame("get", how, _text(task), _text(key)))
    if kind != _ANSWER["value"]:
        raise RuntimeError("otto has no value %r of %r any more" % (key, task))
    return found


class _BrokerWriter:
    """Sets the task's own values."""

    def __init__(self, path, task):
        self._path, self._task = path, task

    def set(self, key, kind, data):
        number = _PROTOCOL["type"][kind].to_bytes(1, "little")
        _connection(self._path).ask(_frame("set", number, _text(key)), _as_bytes(data))

    def forward(self, key, kind, stored):
        """False: it has to be written."""
        return False

    def delete(self, key):
        _connection(self._path).ask(_frame("delete", _text(key)))

    def find(self, key):
        """What is set now."""
        kind, data = _fetch(_connection(self._path), self._task, key)
        return _InMemory(kind, memoryview(data))
