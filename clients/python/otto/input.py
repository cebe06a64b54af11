"""INPUT: the values of a task's dependencies."""
from .broker import _BrokerSource
from .history import _History
from .mapped import _remember, _LARGE
from .region import _Region
from .task import _task
from .values import _decode, _missing, _no_attribute, _ReadOnly, _view_of

_ASKED_BEFORE_LISTED = 16


class _Values(_ReadOnly):
    """The values of one task: found one by one, or all at once when many are asked for; converted when they are."""

    def __init__(self, name, source):
        self._name = name
        self._source = source
        self._found = {}
        self._entries = None
        self._converted = {}

    def view(self, key):
        """The value's bytes, without a copy when they have a file of their own."""
        return self._read(key, _view_of)[1]

    def __getitem__(self, key):
        if key in self._converted:
            return self._converted[key]
        stored, value = self._read(key, lambda stored: _decode(stored.kind, stored.read()))
        # What the script may change is made anew for each access; what is large is not kept for it.
        if stored.nbytes > _LARGE:
            if stored.has_file and isinstance(value, (str, bytes)):
                _remember(value, stored)
        elif self._source.sealed and not isinstance(value, (list, dict)):
            self._converted[key] = value
        return value

    def __contains__(self, key):
        return self._find(key) is not None

    def __iter__(self):
        return iter(self._all())

    def __len__(self):
        return len(self._all())

    def _name_for_messages(self):
        return "INPUT.of(%r)" % self._name

    def __repr__(self):
        return "<values of %r: %s>" % (self._name, ", ".join(map(repr, self)))

    def _read(self, key, read):
        """The stored value, and what `read` makes of it."""
        stored = self._stored(key)
        try:
            return stored, read(stored)
        except FileNotFoundError:
            # Since it was found it may have been overwritten; its file goes when the task ends. There is a newer one then.
            stored = self._stored(key)
            return stored, read(stored)

    def _stored(self, key):
        found = self._find(key)
        if found is None:
            raise _missing("value of %r named" % self._name, key, self._all())
        return found

    def _find(self, key):
        if not isinstance(key, str):
            return None
        if self._entries is not None:
            return self._entries.get(key)
        if key not in self._found:
            try:
                found = self._source.find(key.encode("utf-8"))
            except UnicodeEncodeError:
                return None
            if not self._source.sealed:
                return found
            self._found[key] = found
            if len(self._found) > _ASKED_BEFORE_LISTED:
                self._all()
        return self._found[key]

    def _all(self):
        if self._entries is not None:
            return self._entries
        entries = self._source.entries()
        if self._source.sealed:
            self._entries = entries
        return entries


class _Group(_ReadOnly):
    """The values of a task with `foreach`: under each key the list of what its items have set, in their order."""

    def __init__(self, name, items):
        self._name = name
        self._items = items

    def view(self, key):
        raise TypeError("%s[%r] is a list of what the items have set: take the view of one item's value" % (self._name_for_messages(), key))

    def __getitem__(self, key):
        values = [item[key] for item in self._items if key in item]
        if not values and self._items:
            raise _missing("value of the items of %r named" % self._name, key, self)
        return values

    def __contains__(self, key):
        return isinstance(key, str) and (not self._items or any(key in item for item in self._items))

    def __iter__(self):
        return iter(dict.fromkeys(key for item in self._items for key in item))

    def __len__(self):
        return sum(1 for _ in self)

    def _name_for_messages(self):
        return "INPUT.of(%r)" % self._name

    def __repr__(self):
        return "<values of the items of %r: %s>" % (self._name, ", ".join(map(repr, self)))


class _Input(_ReadOnly):
    """All values of the dependencies, by `task.key`: the longest dependency name that fits."""

    def __init__(self):
        self._tasks = None
        self._named = None

    def __getattr__(self, name):
        raise _no_attribute("INPUT", 'INPUT["task.key"]', name)

    def of(self, task):
        """The values of one dependency."""
        self._load()
        if task not in self._named:
            raise _missing("dependency", task, self._tasks)
        return self._named[task][0]

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
        """Each value once: not again in the lists of a `foreach`, nor by a second name of its task."""
        self._load()
        seen = set()
        for name, task in sorted(self._tasks.items()):
            if isinstance(task, _Group):
                continue
            for key in task:
                full = "%s.%s" % (name, key)
                if full not in seen:
                    seen.add(full)
                    yield full

    def __len__(self):
        return sum(1 for _ in self)

    def _name_for_messages(self):
        return "INPUT"

    def __repr__(self):
        return "INPUT(%s)" % ", ".join(map(repr, self))

    def __reduce__(self):
        return "INPUT"

    def _find(self, key):
        if isinstance(key, str):
            self._load()
            end = key.rfind(".")
            while end > 0:
                rest = key[end + 1 :]
                for task in self._named.get(key[:end], ()):
                    if rest in task:
                        return task, rest
                end = key.rfind(".", 0, end)
        raise _missing("input", key, self)

    def _load(self):
        """The dependencies as the script calls them; then by all names, those of the script's own file first."""
        if self._tasks is not None:
            return
        inputs = _task()["inputs"]
        whole = {one["task"]: _Values(one.get("as", one["task"]), _source_of(one)) for one in inputs}
        tasks, named = {}, {}
        for one in inputs:
            name = one.get("as", one["task"])
            items = one.get("items")
            tasks[name] = whole[one["task"]] if items is None else _Group(name, [whole[item] for item in items])
            named.setdefault(name, []).append(tasks[name])
        for one in inputs:
            if "as" in one:
                named.setdefault(one["task"], []).append(tasks[one["as"]])
        self._named, self._tasks = named, tasks


def _source_of(place):
    if place["shm"] is not None:
        return _Region(place["shm"])
    socket = place.get("socket")
    return _History(place["json"]) if socket is None else _BrokerSource(socket, place["task"])


INPUT = _Input()
