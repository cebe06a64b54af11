"""attach(): the values of any task, live or in history, for programs that are no task themselves."""
import errno
import os
from _collections_abc import MutableMapping

from .history import _History
from .input import _Values
from .layout import _decode_task_name, _encode_task_name
from .library import _RegionWriter
from .output import _write
from .region import _Region
from .task import _find_library, _read_task_json
from .values import _key_bytes, _missing, _ReadOnly


def attach(path, library=None):
    """Opens values by path.

    - A task of a run that goes on with --fast, `$OTTO_SHM_DIR/<task>` or its file `region`: a dict that shows what is there at each
      access and may be written to, through libotto (`library`: its path).
    - A task's directory in history (`.../tasks/<task>`) or its JSON: a dict for reading.
    - A run's directory, in shared memory or in history: a dict of tasks.

    All are context managers and have `view(key)`, the value's bytes as a memoryview.
    """
    path = os.path.abspath(os.fsdecode(path))
    name = os.path.basename(path)
    if name == "region":
        return Region(os.path.dirname(path), library)
    if name.startswith("output.") and name.endswith(".json"):
        return _PastTask(path)
    json = os.path.join(path, "output.%s.json" % name)
    if os.path.exists(json):
        return _PastTask(json)
    for inner, opened in ((".lock", _LiveRun), ("tasks", _PastRun)):
        if os.path.lexists(os.path.join(path, inner)):
            return opened(path, library)
    if os.path.exists(os.path.join(path, "task.json")):
        try:
            return _running_task(path, library)
        except FileNotFoundError:
            if os.path.exists(json):
                return _PastTask(json)  # It has ended meanwhile.
            raise
    # What could not be made in shared memory is on disk, under the same name.
    if any(map(os.path.lexists, (os.path.join(path, "region"), os.path.join(os.path.dirname(path), ".spill")))):
        try:
            return Region(path, library)
        except FileNotFoundError:
            pass  # Nor is it there: the error would name that place.
    raise FileNotFoundError(errno.ENOENT, "there is no task or run of otto", path)


def _running_task(path, library):
    """A task's directory in history, before it has values there."""
    task = _read_task_json(path)
    if task["store"] == "shm":
        return Region(task["spool"], library)
    raise FileNotFoundError(errno.ENOENT, "the task %r has not ended yet: its values come with its end" % task["task"], path)


class _Attached:
    """What everything has that attach() gives."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Views stay good."""

    def _name_for_messages(self):
        return self.path

    def __repr__(self):
        return "<%s %s: %s>" % (type(self).__name__.lstrip("_"), self.path, ", ".join(map(repr, self)))


class Region(_Attached, _Values, MutableMapping):
    """The values of a task in shared memory, as they are at each access."""

    def __init__(self, directory, library=None):
        directory = os.path.abspath(os.fsdecode(directory))
        super().__init__(_decode_task_name(os.path.basename(directory)), _Region(directory))
        self.path = directory
        self._library = library
        self._writer = None
        os.close(self._source.locate()[0])

    @property
    def sealed(self):
        """Whether the task has ended, so that nothing can be written any more."""
        self._source.find(b"\0")
        return self._source.sealed

    def __setitem__(self, key, value):
        _write(self._open_writer(), _key_bytes(key), "value %r" % key, value)

    def __delitem__(self, key):
        self._stored(key)
        self._open_writer().delete(_key_bytes(key))

    def __repr__(self):
        return "<Region %s: closed>" % self.path if isinstance(self._source, _Closed) else super().__repr__()

    def close(self):
        """Ends writing and reading through this object. Views stay good."""
        if self._writer is not None:
            self._writer.close()
        self._source = _Closed(self.path)
        self._writer = self._entries = None
        self._found, self._converted = {}, {}

    def _open_writer(self):
        if self._writer is None:
            self._source.find(b"\0")  # says what is wrong with the region, or that this is closed, before libotto is looked for
            self._writer = _RegionWriter(self.path, _find_library(self._library))
        return self._writer


class _Closed:
    """The source of a region after close()."""

    def __init__(self, path):
        self._path = path

    def __getattr__(self, _):
        raise ValueError("%s is closed" % self._path)


class _PastTask(_Attached, _Values):
    """The values of a task in history."""

    def __init__(self, path):
        super().__init__(_decode_task_name(os.path.basename(path)[len("output.") : -len(".json")]), _History(path))
        self.path = path
        self._all()


class _Tasks(_Attached, _ReadOnly):
    """A run: the names of its tasks, and their values."""

    def __init__(self, path, library):
        self.path = path
        self._library = library
        self._names()

    def __getitem__(self, task):
        place = self._place(_encode_task_name(task)) if isinstance(task, str) and task else None
        if place is None:
            raise _missing("task with values", task, self)
        return attach(place, self._library)

    def __contains__(self, task):
        return isinstance(task, str) and task != "" and self._place(_encode_task_name(task)) is not None

    def __iter__(self):
        return iter(sorted(_decode_task_name(name) for name in self._names() if self._place(name)))

    def __len__(self):
        return sum(1 for _ in self)

    def close(self):
        """Nothing is open."""


class _PastRun(_Tasks):
    """A run in history: the tasks that have values there."""

    def _names(self):
        return os.listdir(os.path.join(self.path, "tasks"))

    def _place(self, name):
        path = os.path.join(self.path, "tasks", name, "output.%s.json" % name)
        return path if os.path.exists(path) else None


class _LiveRun(_Tasks):
    """A run in shared memory: the tasks that have started and whose values somebody still needs."""

    def _directories(self):
        try:
            spill = [os.readlink(os.path.join(self.path, ".spill"))]
        except OSError:
            spill = []
        return [self.path] + spill

    def _names(self):
        names = set(os.listdir(self.path))
        for spill in self._directories()[1:]:
            if os.path.isdir(spill):
                names.update(os.listdir(spill))
        return [name for name in names if not name.startswith(".")]

    def _place(self, name):
        there = any(os.path.lexists(os.path.join(one, name, "region")) for one in self._directories())
        return os.path.join(self.path, name) if there else None
