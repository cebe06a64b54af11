"""Reads a task's region, from docs/shm-format.md alone."""
import os

from .layout import _FIRST, _KNOWN_FEATURES, _LAST_LEVEL, _LONGEST_CHAIN, _NODE_BYTES, _SEGMENTS, _TYPES
from .layout import LAYOUT, _key_hash
from .mapped import _InFile
from .objects import _PART_BYTES, _FileBytes, _ObjectBytes, _is_stub, _open_object
from .private_files import CorruptRegion, _open_in, _spill_of


class _Region:
    """Where a region's files are. Each operation opens what it needs and closes it again."""

    def __init__(self, directory):
        self.directory = directory
        self.home = None  # the directory that holds it: this one, or the one on disk when nothing could be made here
        self._spill = None
        self.sealed = False
        self.has_objects = False

    def find(self, key):
        """The stored value of a key, or None."""
        with _OpenRegion(self) as files:
            record = files.find(key)
        return None if record is None or record.kind == "deleted" else record

    def entries(self):
        """name -> stored value, in the order in which the keys were first set."""
        with _OpenRegion(self) as files:
            records = sorted(files.records(), key=lambda record: (record.sequence, record.word))
        return {record.name: record for record in records if record.kind != "deleted"}

    def locate(self):
        """Opens the file `region`; finds out where it is."""
        try:
            opened = _open_in(self.directory, "region")
            self.home = self.directory
        except FileNotFoundError:
            spilled = self.spill()
            if spilled is None:
                raise
            opened = _open_in(spilled, "region")
            self.home = spilled
        return opened

    def spill(self):
        """The task's directory on disk, or None when the run has none."""
        if self._spill is None:
            run, task = os.path.split(self.directory)
            target = _spill_of(run)
            self._spill = (target and os.path.join(target, task),)
        return self._spill[0]

    def corrupt(self, why):
        return CorruptRegion("the shared memory region %s is damaged: %s" % (os.path.join(self.home, "region"), why))

    def beside(self):
        """The spill directory of a region in shared memory; one on disk has no further one."""
        spilled = self.spill() if self.home == self.directory else None
        if spilled is None:
            raise self.corrupt("it leads to a spill directory, and there is none")
        return spilled

    def value_file(self, place, number, length):
        """Rule 7. The file is open until the caller closes it; second is its path."""
        directory, name = self.home if place == 1 else self.beside(), "%d.value" % number
        fd, size = _open_in(directory, name, "value file")
        path = os.path.join(directory, name)
        if place == 1 and self.has_objects:
            return _open_object(fd, path, length)[0], path
        if size != length:
            os.close(fd)
            raise self.corrupt("%s has %d bytes, not %d" % (path, size, length))
        return fd, path


class _OpenRegion:
    """The open files of a region, for one operation."""

    def __init__(self, region):
        from struct import unpack, unpack_from

        self.unpack, self.unpack_from = unpack, unpack_from
        self.region = region
        self.corrupt = region.corrupt
        self.files = [None, None]

    def __enter__(self):
        fd, size = self.region.locate()
        self.region.has_objects = _is_stub(size)
        home = self.region.home
        if self.region.has_objects:
            self.files[0] = _ObjectBytes(home, fd)
        else:
            self.files[0] = _FileBytes(os.path.join(home, _SEGMENTS[0]), fd, size)
        try:
            self.check_header()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for opened in filter(None, self.files):
            opened.close()

    def check_header(self):
        """Rule 2."""
        size = self.size(0)
        if size < LAYOUT["initial_bytes"]:
            raise self.corrupt("it has only %d bytes" % size)
        header = self.read(0, 0, 512)

        def field(form, name):
            return self.unpack_from("<" + form, header, LAYOUT["header." + name])[0]

        if field("8s", "magic") != LAYOUT["magic"]:
            raise self.corrupt("it does not begin with OTTOMAP")
        major, features = field("H", "major"), field("Q", "reader_features")
        if major != LAYOUT["major"] or features & ~_KNOWN_FEATURES:
            text = "%s/region has format %d with features %#x, this client knows format %d with features %#x"
            known = (LAYOUT["major"], _KNOWN_FEATURES)
            raise CorruptRegion(text % ((self.region.home, major, features) + known))
        for form, name in (("I", "header_bytes"), ("Q", "root_offset"), ("I", "root_bits"), ("I", "node_bits")):
            if field(form, name) != LAYOUT[name]:
                raise self.corrupt("%s is %d" % (name, field(form, name)))
        self.region.sealed = field("I", "state") == 1

    # --- bytes ---

    def size(self, segment, at_least=0):
        """Length of a segment."""
        if self.files[segment] is None:
            directory, name = self.region.beside(), _SEGMENTS[segment]
            self.files[segment] = _FileBytes(os.path.join(directory, name), *_open_in(directory, name))
        return self.files[segment].size(at_least)

    def read(self, segment, at, length):
        if at + length > self.size(segment, at + length):
            raise self.corrupt("offset %#x of %s is beyond its end" % (at, _SEGMENTS[segment]))
        return self.files[segment].read(at, length)

    def slots(self, segment, at, count):
        """Slots of a table. A writer may be storing one: it is read again until two reads agree."""
        form = "<%dQ" % count
        words = self.unpack(form, self.read(segment, at, 8 * count))
        while not self.region.sealed:
            again = self.unpack(form, self.read(segment, at, 8 * count))
            if again == words:
                break
            if count > 1:
                return [self.slots(segment, at + 8 * i, 1)[0] if w != again[i] else w for i, w in enumerate(words)]
            words = again
        return words

    def target(self, word):
        """Rule 3: the segment and the offset that a slot leads to."""
        segment, at = word >> 56, word & ((1 << 56) - 64)
        if word & 0x3E or segment >= len(_SEGMENTS) or at < _FIRST[segment]:
            raise self.corrupt("slot %#x" % word)
        end = at + (_NODE_BYTES if word & 1 else LAYOUT["record.key"])
        if end > self.size(segment, end):
            raise self.corrupt("slot %#x leads beyond the end of %s" % (word, _SEGMENTS[segment]))
        return segment, at

    # --- the trie (section 4) ---

    def find(self, key):
        hashed = _key_hash(key)
        segment, at, level, below, bits = 0, LAYOUT["root_offset"], 0, 0, LAYOUT["root_bits"]
        while True:
            index = hashed >> below & ((1 << bits) - 1)
            word = self.slots(segment, at + 8 * index, 1)[0]
            below, bits = below + bits, LAYOUT["node_bits"]
            if not word & 1:
                break
            segment, at = self.target(word)
            level = self.one_down(level)
        for record in self.chain(word, level, (hashed & ((1 << below) - 1), below)):
            if record.key == key:
                return record
        return None

    def records(self):
        """The newest record of each key, in no order."""
        tables, seen = [(0, LAYOUT["root_offset"], 0, 0, 0)], set()
        while tables:
            segment, at, level, prefix, known = tables.pop()
            bits = LAYOUT["node_bits"] if level else LAYOUT["root_bits"]
            for index, word in enumerate(self.slots(segment, at, 1 << bits)):
                place = (prefix | index << known, known + bits)
                if word & 1:
                    if word in seen:
                        raise self.corrupt("two slots lead to the node %#x" % word)
                    seen.add(word)
                    tables.append(self.target(word) + (self.one_down(level),) + place)
                elif word:
                    keys = set()
                    for record in self.chain(word, level, place):
                        if record.key not in keys:
                            keys.add(record.key)
                            yield record

    def one_down(self, level):
        if level == _LAST_LEVEL:
            raise self.corrupt("a node below the last level")
        return level + 1

    def chain(self, word, level, place):
        """The records that a slot leads to. `place`: the hash bits that lead to it, and how many they are."""
        for _ in range(_LONGEST_CHAIN):
            if not word:
                return
            if word & 1:
                raise self.corrupt("a chain of records leads to the node %#x" % word)
            record, word = self.record(word, place)
            yield record
            if level < _LAST_LEVEL:
                return
        if word:
            raise self.corrupt("an endless chain of records")

    def record(self, word, place):
        """Rules 5 and 6. Also the slot's word before this record."""
        segment, at = self.target(word)
        head = self.read(segment, at, min(256, self.size(segment) - at, -at % _PART_BYTES[0] or 256))
        fields = self.unpack_from("<QQQQIBBHQQ", head)
        previous, sequence, hashed, value_bytes, key_bytes, kind, where, _, number, length = fields
        start = LAYOUT["record.key"] + key_bytes
        value_at = start + -start % (64 if value_bytes >= 64 else 8)
        in_record = 0 if where or kind == LAYOUT["type.deleted"] else value_bytes
        if (
            not 1 <= key_bytes <= LAYOUT["max_key_bytes"]
            or kind not in _TYPES
            or where > 2
            or length % 64
            or at + length > self.size(segment, at + length)
            or start > length
            or in_record > LAYOUT["max_inline_bytes"]
            or (in_record and value_at + in_record > length)
        ):
            raise self.corrupt("record %#x" % word)
        key = head[LAYOUT["record.key"] : start] if start <= len(head) else self.read(segment, at + 64, key_bytes)
        if _key_hash(key) != hashed or hashed & ((1 << place[1]) - 1) != place[0]:
            raise self.corrupt("record %#x has a wrong hash" % word)
        record = _Record(self.region, word, key, _TYPES[kind])
        record.sequence, record.nbytes = sequence, value_bytes
        record.place, record.number, record.at = where, number, at + value_at
        if not where and value_at + value_bytes <= len(head):
            record.data = head[value_at : value_at + value_bytes]
        return record, previous


class _Record(_InFile):
    """A stored value (see _decode) of a region. It does not change, and its bytes stay as long as the task's directory."""

    __slots__ = ("region", "word", "key", "name", "kind", "sequence", "nbytes", "place", "number", "at", "data")

    def __init__(self, region, word, key, kind):
        self.region, self.word, self.key, self.kind = region, word, key, kind
        self.data = None
        try:
            self.name = key.decode("utf-8")
        except UnicodeDecodeError:
            raise region.corrupt("key of the record %#x is not UTF-8" % word) from None

    @property
    def has_file(self):
        return self.place != 0

    def open(self):
        """The value's own file, checked, and its path."""
        return self.region.value_file(self.place, self.number, self.nbytes)

    def read(self):
        if self.data is not None:
            return self.data
        if not self.has_file:
            with _OpenRegion(self.region) as files:
                return files.read(self.word >> 56, self.at, self.nbytes)
        return super().read()

    def view(self):
        return super().view() if self.has_file else memoryview(self.read())
