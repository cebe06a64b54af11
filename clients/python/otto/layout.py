"""The format of regions in shared memory (docs/shm-format.md): its constants and its hash."""
import os

LAYOUT = {
    "header.magic": 0,
    "header.major": 8,
    "header.minor": 10,
    "header.header_bytes": 12,
    "header.reader_features": 16,
    "header.writer_features": 24,
    "header.root_offset": 32,
    "header.root_bits": 40,
    "header.node_bits": 44,
    "header.run_hash": 48,
    "header.task_hash": 56,
    "header.created_ns": 64,
    "header.backend": 72,
    "header.tail": 128,
    "header.next_sequence": 192,
    "header.next_value_file": 256,
    "header.state": 320,
    "header.spill_tail": 384,
    "header.charged": 448,
    "record.previous": 0,
    "record.sequence": 8,
    "record.key_hash": 16,
    "record.value_bytes": 24,
    "record.key_bytes": 32,
    "record.type": 36,
    "record.place": 37,
    "record.file_number": 40,
    "record.record_bytes": 48,
    "record.key": 64,
    "type.string": 1,
    "type.bytes": 2,
    "type.json": 3,
    "type.raw": 4,
    "type.deleted": 5,
    "magic": b"OTTOMAP\0",
    "major": 1,
    "minor": 1,
    "header_bytes": 4096,
    "root_offset": 4096,
    "root_bits": 12,
    "node_bits": 6,
    "first_free": 36864,
    "initial_bytes": 65536,
    "max_key_bytes": 2048,
    "max_inline_bytes": 1048576,
}
_TYPES = {LAYOUT["type." + name]: name for name in ("string", "bytes", "json", "raw", "deleted")}
_KNOWN_FEATURES = 1  # bit 0: segments, place 2 and linked value files
_SEGMENTS = ("region", "region.1")
_FIRST = (LAYOUT["first_free"], 64)  # the first offset of each that a slot may lead to
_NODE_BYTES = 8 << LAYOUT["node_bits"]
_LAST_LEVEL = 8
_LONGEST_CHAIN = 65536


def _key_hash(key):
    """FNV-1a over the bytes, finished by MurmurHash3's fmix64 (section 4)."""
    h = 0xCBF29CE484222325
    for byte in key:
        h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    h = ((h ^ (h >> 33)) * 0xFF51AFD7ED558CCD) & 0xFFFFFFFFFFFFFFFF
    h = ((h ^ (h >> 33)) * 0xC4CEB9FE1A85EC53) & 0xFFFFFFFFFFFFFFFF
    return h ^ (h >> 33)


def _encode_task_name(name):
    """The directory of a task (section 1)."""
    text = "".join("%%%02X" % ord(c) if c < " " or c in "\x7f/%" else c for c in name)
    if text.startswith("."):
        text = "%2E" + text[1:]
    data = text.encode("utf-8")
    if len(data) <= 160:
        return text
    return "%s~%016x" % (data[:143].decode("utf-8", "ignore"), _key_hash(name.encode("utf-8")))


def _decode_task_name(directory):
    """The name again, where it was short enough to be kept whole."""
    data = os.fsencode(directory)
    first, *rest = data.split(b"%")
    return os.fsdecode(first + b"".join(bytes((int(part[:2], 16),)) + part[2:] for part in rest))
