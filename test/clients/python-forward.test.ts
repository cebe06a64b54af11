import { describe, expect, test } from 'vitest';
import { pathWithNumpy } from '../support/numpy.ts';
import { block, runOttofile } from '../support/python-project.ts';

const PATH = pathWithNumpy();

/** `names(key)`: how many names the file has that an assignment to OUTPUT[key] brought: one for each task that has the value. */
const NAMES = `
import os
import numpy as np
def files():
    spool = os.environ["OTTO_SPOOL"]
    return {name: os.stat(os.path.join(spool, name)).st_nlink for name in os.listdir(spool) if name.endswith(".value")}
def names(key, value):
    before = files()
    OUTPUT[key] = value
    return [count for name, count in files().items() if name not in before]
`;

/** `make` sets large values of every type that bytes from outside and Python's own can have; \`first\` and \`last\` are Python. */
const run = (store: string, first: string, last: string): readonly string[] =>
  runOttofile(
    `tasks:
  make:
    bash: |
      head -c 17000000 /dev/urandom | otto.set random -
      head -c 17000000 /dev/zero | tr '\\0' x | otto.set text -
      otto.set small "small é"
  own:
    python: ${block(`OUTPUT["bytes"] = b"b" * 17_000_000\nOUTPUT["str"] = "é" * 9_000_000\nOUTPUT["json"] = ["j" * 17_000_000]`)}
  first:
    before: [make, own]
    python: ${block(NAMES + first)}
  last:
    before: [make, own, first]
    python: ${block(last)}
`,
    store,
    { PATH },
  ).lines;

describe.each(['files', 'shm'])('in the store %s', (store) => {
  test('a whole view is a second name of the same file, in whatever shape it comes', () => {
    const script = `
for key in ("make.random", "make.text", "own.bytes", "own.str", "own.json"):
    view = INPUT.view(key)
    array = np.frombuffer(view, np.uint8)
    shapes = [view, memoryview(view), array, array.reshape(-1, 2)]
    assert all(len(names("%s %d" % (key, i), shape)) == 1 for i, shape in enumerate(shapes)), key
    assert all(count > 1 for count in files().values()), (key, files())
`;
    const check = `
for key in ("make.random", "make.text", "own.bytes", "own.str", "own.json"):
    for i in range(4):
        value = INPUT["first.%s %d" % (key, i)]
        assert type(value) is bytes and value == INPUT.view(key), (key, i, type(value))
print("same")
`;
    expect(run(store, script, check)).toEqual(['same']);
  });

  test('the very str or bytes that INPUT gave is not written again, and keeps its type', () => {
    const script = `
for key in ("make.random", "make.text", "own.bytes", "own.str"):
    value = INPUT[key]
    counts = names(key, value)
    assert counts and min(counts) > 1, (key, counts)
    equal = value[:-1] + value[-1:]
    assert equal == value and names("equal " + key, equal) == [1], key
`;
    const check = `
for key in ("make.random", "make.text", "own.bytes", "own.str"):
    for name in ("", "equal "):
        value = INPUT["first." + name + key]
        assert type(value) is type(INPUT[key]) and value == INPUT[key], key
print("same")
`;
    expect(run(store, script, check)).toEqual(['same']);
  });

  test('what only looks like an unchanged value is written', () => {
    const script = `
import otto
view = INPUT.view("own.bytes")
array = np.frombuffer(view, np.uint8)
assert names("part", view[1:]) == [1] and names("copy", array.copy()) == [1] and names("reversed", array[::-1]) == [1]
value = INPUT["own.bytes"]
other = b"o" + value[1:]
# Another object, of the same length, to which Python has given the memory of the first one.
otto._whole[id(other)] = otto._whole[id(value)]
assert names("other", other) == [1]
longer = value + b"x"
otto._whole[id(longer)] = otto._whole[id(value)]
assert names("longer", longer) == [1]
`;
    const check = `
of = INPUT.of("first")
assert {key: len(of[key]) - 17_000_000 for key in of} == {"part": -1, "copy": 0, "reversed": 0, "other": 0, "longer": 1}
assert of["other"] == b"o" + b"b" * 16_999_999 and of["longer"].endswith(b"x")
print("right")
`;
    expect(run(store, script, check)).toEqual(['right']);
  });

  test('a view is bytes whatever its size', () => {
    const script = `
OUTPUT["small"] = INPUT.view("make.small")
OUTPUT["large"] = INPUT.view("make.text")
OUTPUT["str"] = INPUT["make.small"]
`;
    const check = 'print([type(INPUT["first." + key]).__name__ for key in ("small", "large", "str")])';
    expect(run(store, script, check)).toEqual(["['bytes', 'bytes', 'str']"]);
  });
});
