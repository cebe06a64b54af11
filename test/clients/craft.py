"""Makes regions by hand, from docs/shm-format.md alone, with the constants of otto.LAYOUT. What libotto does not need to do often
(segment 1, place 2, chains on the deepest level) is made here as wanted."""
import os
import struct


class Craft:
    def __init__(self, otto, work):
        self.otto, self.at = otto, otto.LAYOUT
        self.task = os.path.join(work, "memory", "run", "task")
        self.spill = os.path.join(work, "disk", "run", "task")
        for directory in (self.task, self.spill):
            os.makedirs(directory)
            for _ in range(3):
                os.chmod(directory, 0o700)
                directory = os.path.dirname(directory)
        os.symlink(os.path.dirname(self.spill), os.path.join(os.path.dirname(self.task), ".spill"))
        self.segments = [bytearray(self.at["first_free"]), bytearray(64)]
        self.sequence = self.files = 0
        self.header()

    def header(self):
        for name, form in (("magic", "8s"), ("major", "H"), ("minor", "H"), ("header_bytes", "I"), ("root_offset", "Q")):
            self.put(0, self.at["header." + name], form, self.at[name])
        for name in ("root_bits", "node_bits"):
            self.put(0, self.at["header." + name], "I", self.at[name])
        self.put(0, self.at["header.reader_features"], "Q", 1)
        self.put(0, self.at["header.state"], "I", 1)

    def put(self, segment, offset, form, *values):
        struct.pack_into("<" + form, self.segments[segment], offset, *values)

    def get(self, segment, offset):
        return struct.unpack_from("<Q", self.segments[segment], offset)[0]

    def reserve(self, segment, length):
        at = len(self.segments[segment])
        self.segments[segment] += bytes(-(-length // 64) * 64)
        return at

    def record(self, segment, key, value, place=0, previous=0, kind="bytes", hashed=None):
        """The slot's word of a new record."""
        self.sequence += 1
        start = self.at["record.key"] + len(key)
        start += -start % (64 if len(value) >= 64 else 8)
        number = 0
        if place:
            self.files += 1
            number = self.files
            self.file(os.path.join((self.task, self.spill)[place - 1], "%d.value" % number), value)
        length = -(-(start + (0 if place else len(value))) // 64) * 64
        at = self.reserve(segment, length)
        hashed = self.otto._key_hash(key) if hashed is None else hashed
        head = (previous, self.sequence, hashed, len(value), len(key), self.at["type." + kind], place, 0, number, length, 0)
        self.put(segment, at, "QQQQIBBHQQQ", *head)
        self.segments[segment][at + 64 : at + 64 + len(key)] = key
        if not place:
            self.segments[segment][at + start : at + start + len(value)] = value
        return segment << 56 | at

    def node(self, segment):
        return segment << 56 | self.reserve(segment, 512) | 1

    def slot(self, hashed, depth, segment=0):
        """Where the slot of level `depth` for a hash is; makes the nodes that lead there, in `segment`."""
        where, at, shift = 0, self.at["root_offset"] + 8 * (hashed & 4095), 12
        for _ in range(depth):
            if not self.get(where, at):
                self.put(where, at, "Q", self.node(segment))
            word = self.get(where, at)
            where, at = word >> 56, (word & ((1 << 56) - 64)) + 8 * (hashed >> shift & 63)
            shift += 6
        return where, at

    def set(self, key, value, segment=0, depth=0, **more):
        key = key.encode()
        where, at = self.slot(more.get("hashed") or self.otto._key_hash(key), depth, segment)
        self.put(where, at, "Q", self.record(segment, key, value, **more))

    def file(self, path, data):
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)

    def write(self, segments=None):
        first, second = segments or self.segments
        self.file(os.path.join(self.task, "region"), bytes(first) + bytes(max(0, self.at["initial_bytes"] - len(first))))
        if len(second) > 64:
            self.file(os.path.join(self.spill, "region.1"), second)


def example(otto, work):
    """Every place that a value can have, and the deepest chain."""
    craft = Craft(otto, work)
    for segment in (0, 1):
        for place in (0, 1, 2):
            for size in (0, 5, 70, 300):
                name = "segment %d place %d size %d" % (segment, place, size)
                craft.set(name, b"v" * size, segment, segment + place, place=place)
    craft.set("text", "é".encode(), kind="string", depth=7, segment=1)
    craft.set("json", b"[1,2]", kind="json", depth=8)
    craft.set("gone", b"", kind="deleted", depth=3)
    return craft


PARTS = (1 << 20, 1 << 20, 2 << 20)


def as_objects(craft):
    """Writes a region's segment 0 and its value files as shared memory objects and stubs (section 12). Removes them at exit."""
    import _posixshmem
    import atexit

    def make(name, data, size):
        with open(os.path.join(craft.task, name), "rb") if data is None else open(os.devnull, "rb") as file:
            data = file.read() if data is None else data
        title = b"/otto-" + os.urandom(8).hex().encode()
        fd = _posixshmem.shm_open(title.decode(), os.O_CREAT | os.O_EXCL | os.O_RDWR, mode=0o600)
        atexit.register(_posixshmem.shm_unlink, title.decode())
        os.ftruncate(fd, size or -(-len(data) // 4096) * 4096)
        os.pwrite(fd, data, 0)
        os.close(fd)
        craft.file(os.path.join(craft.task, name), title.ljust(64, b"\0"))
        return title

    craft.put(0, craft.at["header.backend"], "I", 1)
    craft.write()
    titles = {name: make(name, None, 0) for name in os.listdir(craft.task) if name.endswith(".value")}
    start = 0
    for number, size in enumerate(PARTS):
        name = "region.p%d" % number if number else "region"
        titles[name] = make(name, bytes(craft.segments[0][start : start + size]), size)
        start += size
    return titles
