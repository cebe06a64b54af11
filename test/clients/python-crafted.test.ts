import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { clientsDirectory } from '../../src/data/installation.ts';

const CLIENT = join(clientsDirectory(), 'python');

function workDirectory(): string {
  const work = mkdtempSync(join(tmpdir(), 'otto-crafted-'));
  onTestFinished(() => rmSync(work, { recursive: true, force: true }));
  return work;
}

/** Runs Python lines in which `c` is a region made by hand (craft.py), with every place that a value can have. */
function crafted(lines: string): {
  status: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
} {
  const program = `import os, sys
client, crafts, work = sys.argv[1:]
sys.path[:0] = [client, crafts]
import craft, otto
c = craft.example(otto, work)
`;
  const args = ['-c', program + lines, CLIENT, import.meta.dirname, workDirectory()];
  return spawnSync('python3', args, { encoding: 'utf8', timeout: 100_000 });
}

const LIST = `
c.write()
region = otto._Region(c.task)
found = {key: (value.kind, bytes(value.view()), value.read()) for key, value in region.entries().items()}
`;

test('every segment, place and level, listed and found by key', () => {
  const { stdout, stderr } = crafted(`${LIST}
print(len(found), list(found)[0], list(found)[-1])
for key, (kind, view, data) in found.items():
    assert view == data
    one = region.find(key.encode())
    assert (one.kind, one.read()) == (kind, data), key
    if key.startswith("segment"):
        assert data == b"v" * int(key.split()[-1]), key
print(found["text"][:2], found["json"][:2], region.find(b"gone"), region.find(b"absent"))
`);
  expect(stderr).toBe('');
  expect(stdout).toBe(
    "26 segment 0 place 0 size 0 json\n('string', b'\\xc3\\xa9') ('json', b'[1,2]') None None\n",
  );
});

test('a chain on the deepest level: the newest record of each key counts', () => {
  // Hashes that are all alike cannot be made in a test's time, so the hash is replaced.
  const { stdout, stderr } = crafted(`
otto._key_hash = lambda key: 5
c = craft.Craft(otto, work + "/chain")
where, at = c.slot(5, 8, segment=1)
word = 0
for key, value in ((b"a", b"old"), (b"b", b"1"), (b"a", b"new"), (b"c", b"x"), (b"c", None)):
    word = c.record(len(key) & 1, key, value or b"", previous=word, kind="bytes" if value else "deleted")
c.put(where, at, "Q", word)
${LIST}
print({key: value[1] for key, value in found.items()}, region.find(b"a").read(), region.find(b"c"), region.find(b"d"))
`);
  expect(stderr).toBe('');
  expect(stdout).toBe("{'b': b'1', 'a': b'new'} b'new' None None\n");
});

test('a region that could only be made on disk is found there', () => {
  const { stdout, stderr } = crafted(`
import shutil
c = craft.Craft(otto, work + "/disk-only")
c.set("a", b"x" * 100, place=1)
c.write()
shutil.rmtree(c.spill)
shutil.move(c.task, c.spill)
print(bytes(otto._Region(c.task).find(b"a").view()) == b"x" * 100)
`);
  expect(stderr).toBe('');
  expect(stdout).toBe('True\n');
});

test('a value in the region itself may be as long as the format says, and no longer', () => {
  const { stdout, stderr } = crafted(`
longest = c.at["max_inline_bytes"]
c.set("longest", b"l" * longest)
c.set("longer", b"x" * (longest + 1))
c.write()
region = otto._Region(c.task)
print(region.find(b"longest").read() == b"l" * longest)
try:
    region.find(b"longer").read()
except Exception as error:
    print(error)
`);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^True\nthe shared memory region .* is damaged.*record 0x/);
});

test('a view of 1 GiB takes no memory of the process', () => {
  const { stdout, stderr } = crafted(`
at = c.record(0, b"k", b"", place=1)
c.put(0, at + c.at["record.value_bytes"], "Q", 1 << 30)
os.truncate("%s/%d.value" % (c.task, c.files), 1 << 30)
where, slot = c.slot(otto._key_hash(b"k"), 0)
c.put(where, slot, "Q", at)
c.write()
def private():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) >> 10
before = private()
view = otto._Region(c.task).find(b"k").view()
assert len(view) == 1 << 30 and not any(view[i] for i in range(0, len(view), 4096))
print(private() - before < 16)
`);
  expect(stderr).toBe('');
  expect(stdout).toBe('True\n');
});

const OBJECTS = `
for part, border in enumerate((1 << 20, 2 << 20)):
    c.reserve(0, border - len(c.segments[0]))
    c.set("in part %d" % (part + 1), b"v" * 5000, depth=part)
c.set("large", b"L" * 1_500_000, place=1)
titles = craft.as_objects(c)
import _posixshmem
`;

test.each(['read', 'mapped'])('regions in shared memory objects that can only be %s', (how) => {
  const { stdout, stderr } = crafted(`${OBJECTS}
region = otto._Region(c.task)
if "${how}" == "mapped":
    pread = os.pread
    def refuse(fd, length, at):
        if os.readlink("/proc/self/fd/%d" % fd).startswith("/dev/shm/otto-"):
            raise OSError(6, "as macOS says")
        return pread(fd, length, at)
    os.pread = refuse
found = {key: value.read() for key, value in region.entries().items()}
assert all(region.find(key.encode()).read() == data == region.find(key.encode()).view() for key, data in found.items())
assert all(data == b"v" * int(key.split()[-1]) for key, data in found.items() if key.startswith("segment"))
print(len(found), found["in part 1"] == found["in part 2"] == b"v" * 5000, found["large"] == b"L" * 1_500_000)
`);
  expect(stderr).toBe('');
  expect(stdout).toBe('29 True True\n');
});

test.each([
  [
    'a stub with another name',
    'c.file(c.task + "/region", b"/other-0123456789abcdef".ljust(64, b"\\0"))',
    'names no shared',
  ],
  [
    'a stub that leads away',
    'c.file(c.task + "/region", b"/otto-../../etc/passwd".ljust(64, b"\\0"))',
    'names no shared',
  ],
  [
    'an object that is gone',
    'c.file(c.task + "/region", b"/otto-0000000000000000".ljust(64, b"\\0"))',
    'is gone',
  ],
  ['an object open to others', 'os.chmod("/dev/shm" + titles["region"].decode(), 0o644)', 'open to others'],
  [
    'an object that is too short',
    'os.truncate("/dev/shm" + titles["region"].decode(), 70000)',
    'has 70000 bytes, not 1048576',
  ],
  [
    'a part that is too short',
    'os.truncate("/dev/shm" + titles["region.p1"].decode(), 4096)',
    'has 4096 bytes, not 1048576',
  ],
  ['a part that is missing', 'os.unlink(c.task + "/region.p2")', 'beyond the end of region'],
  [
    'a value that is too short',
    'os.truncate("/dev/shm" + titles["%d.value" % c.files].decode(), 4096)',
    'not 1500000',
  ],
])('refuses %s', (_, lines, message) => {
  const { status, signal, stderr } = crafted(`${OBJECTS}
${lines}
print({key: value.read() for key, value in otto._Region(c.task).entries().items()})
`);
  expect(stderr).toContain(message);
  expect(stderr.trim().split('\n').at(-1)).toMatch(/^otto\.CorruptRegion: .*otto-crafted-/);
  expect({ status, signal }).toEqual({ status: 1, signal: null });
});

const ROOT_SLOT = 'at = c.at["root_offset"]';
const HOSTILE: readonly (readonly [string, string, string])[] = [
  [
    'a node that leads to itself',
    `${ROOT_SLOT}\nn = c.node(0)\nfor i in range(64): c.put(0, (n & ~63) + 8 * i, "Q", n)\nc.put(0, at, "Q", n)`,
    'two slots lead to the node',
  ],
  [
    'a node of segment 1 that leads to itself',
    `${ROOT_SLOT}\nn = c.node(1)\nc.put(1, (n & ((1 << 56) - 64)), "Q", n)\nc.put(0, at, "Q", n)`,
    'two slots lead to the node',
  ],
  [
    'a node in place of a record’s chain',
    'w, at = c.slot(7 << 12, 8)\nc.put(w, at, "Q", c.node(1))',
    'below the last level',
  ],
  [
    'an endless chain',
    'otto._key_hash = lambda key: 5\nc = craft.Craft(otto, work + "/x")\nw, at = c.slot(5, 8)\nr = c.record(0, b"k", b"")\nc.put(0, r, "Q", r)\nc.put(w, at, "Q", r)',
    'endless chain',
  ],
  [
    'a chain that leads to a node',
    'otto._key_hash = lambda key: 5\nc = craft.Craft(otto, work + "/x")\nw, at = c.slot(5, 8)\nr = c.record(0, b"k", b"")\nc.put(0, r, "Q", c.node(1))\nc.put(w, at, "Q", r)',
    'leads to the node',
  ],
  [
    'an offset of segment 1 beyond its end',
    'c.put(0, c.at["root_offset"], "Q", 1 << 56 | 1 << 40)',
    'beyond the end of region.1',
  ],
  [
    'an offset into the first bytes of segment 1',
    'c.put(0, c.at["root_offset"], "Q", 1 << 56)',
    'slot 0x100000000000000',
  ],
  ['a third segment', 'c.put(0, c.at["root_offset"], "Q", 2 << 56 | 1 << 17)', 'slot 0x2000000000'],
  ['a segment 1 that was cut short', 'c.write()\ndel c.segments[1][200:]', 'beyond the end of region.1'],
  ['no segment 1', 'c.write()\nos.unlink(c.spill + "/region.1")\nc.segments[1] = b""', 'region.1'],
  [
    'a second name of segment 1',
    'c.write()\nos.link(c.spill + "/region.1", c.spill + "/other")',
    'not a plain file',
  ],
  ['a spill directory open to others', 'os.chmod(c.spill, 0o755)', 'open to others'],
  [
    'a spill directory that is a link',
    'os.rename(c.spill, c.spill + "2")\nos.symlink(c.spill + "2", c.spill)',
    'disk/run/task',
  ],
  ['a .spill that is a directory', 'p = c.task + "/../.spill"\nos.unlink(p)\nos.mkdir(p)', '/.spill'],
  [
    'a .spill that leads to another run',
    'p = os.path.normpath(c.task + "/../.spill")\nos.unlink(p)\nos.symlink(work + "/disk/other", p)',
    'no directory of this run',
  ],
  [
    'a .spill that is relative',
    'p = os.path.normpath(c.task + "/../.spill")\nos.unlink(p)\nos.symlink("../disk/run", p)',
    'no directory of this run',
  ],
  [
    'a .spill with dots',
    'p = os.path.normpath(c.task + "/../.spill")\nos.unlink(p)\nos.symlink(work + "/disk/../disk/run", p)',
    'no directory of this run',
  ],
  [
    'a value file on disk that was cut short',
    '[os.truncate(os.path.join(c.spill, n), 7) for n in os.listdir(c.spill) if n.endswith("value")]',
    'bytes, not',
  ],
  [
    'a FIFO in place of a value file',
    'p = [os.path.join(c.spill, n) for n in os.listdir(c.spill) if n.endswith("value")][0]\nos.unlink(p)\nos.mkfifo(p, 0o600)',
    'not a plain file',
  ],
  [
    'a FIFO in place of the region',
    'c.write()\nc.write = lambda: None\nos.unlink(c.task + "/region")\nos.mkfifo(c.task + "/region", 0o600)',
    'not a plain file',
  ],
  [
    'a value longer than its record',
    'r = c.record(1, b"k", b"abc")\nc.put(1, (r & ((1 << 56) - 64)) + 24, "Q", (1 << 64) - 8)\nw, at = c.slot(otto._key_hash(b"k"), 3)\nc.put(w, at, "Q", r)',
    'record 0x1',
  ],
  [
    'a key that is not UTF-8',
    'w, at = c.slot(otto._key_hash(b"\\xff"), 2)\nc.put(w, at, "Q", c.record(1, b"\\xff", b""))',
    'not UTF-8',
  ],
  [
    'a record under another hash',
    'w, at = c.slot(99, 2)\nc.put(w, at, "Q", c.record(1, b"k", b""))',
    'wrong hash',
  ],
];

test.each(HOSTILE)('refuses %s', (_, lines, message) => {
  const { status, signal, stderr } = crafted(`${lines}\n${LIST}`);
  expect(stderr).toMatch(/\n(otto\.CorruptRegion|FileNotFoundError|NotADirectoryError|OSError|\w*Error): /);
  expect(stderr).toContain(message);
  expect(stderr.trim().split('\n').at(-1)).toContain('otto-crafted-');
  expect({ status, signal }).toEqual({ status: 1, signal: null });
});

test('survives regions with damage anywhere', () => {
  const script = join(import.meta.dirname, 'read_mutated.py');
  const printed = execFileSync('python3', [script, CLIENT, workDirectory()], { encoding: 'utf8' });
  expect(printed).toBe('26 True True\n');
});

test('files that another process cuts short while they are read give an error, never a signal', () => {
  const { status, signal, stdout, stderr } = crafted(`
c.set("large", b"L" * 3_000_000, 1, 1, place=2)
c.set("inline", b"i" * 900_000, 1, 1)
c.write()
files = [c.task + "/region", c.spill + "/region.1", c.spill + "/%d.value" % c.files]
whole = [open(path, "rb").read() for path in files]
go, went = os.pipe()
if os.fork() == 0:
    import random
    chance = random.Random(1)
    os.close(went)
    while True:
        i = os.read(go, 1)
        if not i:
            os._exit(0)
        for _ in range(chance.randrange(3000)):
            pass
        os.truncate(files[i[0]], chance.randrange(len(whole[i[0]])))
region = otto._Region(c.task)
expected = {b"large": b"L" * 3_000_000, b"inline": b"i" * 900_000}
right = 0
for round in range(300):
    os.write(went, bytes((round % 3,)))
    refused = False
    while not refused:
        for key, data in expected.items():
            try:
                assert region.find(key).read() == data
                right += 1
            except otto.CorruptRegion as error:
                assert work in str(error)
                refused = True
    c.file(files[round % 3], whole[round % 3])
os.close(went)
os.wait()
assert right > 100, right
print("done")
`);
  expect({ status, signal, stdout, stderr }).toEqual({
    status: 0,
    signal: null,
    stdout: 'done\n',
    stderr: '',
  });
});
