import { describe, expect, test } from 'vitest';
import { pathWithNumpy } from '../support/numpy.ts';
import { block, runOttofile } from '../support/python-project.ts';

const PATH = pathWithNumpy();
const MAKE = `
  make:
    bash: |
      head -c 5000000 /dev/urandom | otto.set bytes -
      head -c 5000000 /dev/zero | tr '\\0' x | otto.set text -
      otto.set small "small é"
`;

/** Memory of the process: what is its own, and the most it ever had. */
const MEMORY = `
def status(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name + ":")) >> 10
`;

/** Runs the Python task `first` after `make`, and then `last`; gives the lines that they print. */
function run(store: string, first: string, last = 'pass'): readonly string[] {
  const tasks = `  first:
    before: [make]
    python: ${block(first)}
  last:
    before: [make, first]
    python: ${block(last)}
`;
  return runOttofile(`tasks:${MAKE}${tasks}`, store, { PATH }).lines;
}

describe.each(['files', 'shm'])('in the store %s', (store) => {
  test('everything with the buffer protocol is bytes', () => {
    run(
      store,
      `
import array, ctypes, mmap, numpy as np
cube = np.arange(600_000, dtype="<i4").reshape(10, 200, 300)
mapped = mmap.mmap(-1, 8192)
mapped[:3] = b"abc"
values = {
    "bytearray": bytearray(b"a\\0b"), "view": memoryview(b"abcd")[::2], "empty": memoryview(b""), "array": array.array("d", [1.5]),
    "ctypes": (ctypes.c_int * 3)(1, 2, 3), "mmap": mapped, "cube": cube, "transposed": cube.transpose(2, 0, 1), "part": cube[:, ::3, 1:],
    "big endian": np.arange(500_000, dtype=">i4"), "structure": np.zeros(3, dtype=[("O", "i1"), ("x", "<f8")]),
    "unicode": np.array(["é", "abc"]), "half": np.float16([1, 2]), "complex": np.array([1j]), "no rows": np.zeros((0, 5)),
}
for key, value in values.items():
    OUTPUT[key] = value
    assert OUTPUT[key] == memoryview(value).tobytes(), key
OUTPUT["expected"] = {key: memoryview(value).tobytes().hex() for key, value in values.items()}
`,
      `
import numpy as np
expected = INPUT["first.expected"]
assert len(expected) == 15
for key, data in expected.items():
    value = INPUT["first." + key]
    assert type(value) is bytes and value.hex() == data, key
cube = np.frombuffer(INPUT.view("first.transposed"), dtype="<i4").reshape(300, 10, 200)
assert (cube == np.arange(600_000).reshape(10, 200, 300).transpose(2, 0, 1)).all()
`,
    );
  });

  test('what is no sequence of bytes is refused', () => {
    const refused = `
import numpy as np
for value in (np.int64(3), np.array(5), np.array([object()]), np.zeros(2, dtype=[("a", "O")]), {1}):
    try:
        OUTPUT["bad"] = value
        print("kept", value)
    except TypeError as error:
        print(error)
OUTPUT["float"] = np.float64(0.5)
`;
    expect(run(store, refused, 'print(INPUT.of("first"))')).toEqual([
      "OUTPUT['bad'] is a single element of a buffer: give its int(), float() or bytes()",
      "OUTPUT['bad'] is a single element of a buffer: give its int(), float() or bytes()",
      "OUTPUT['bad'] holds references to Python objects, not bytes",
      "OUTPUT['bad'] holds references to Python objects, not bytes",
      "OUTPUT['bad'] is of type set; a value is str, bytes, int, float, bool, None, list or dict",
      "<values of 'first': 'float'>",
    ]);
  });

  test('a view is memory that numpy and pyarrow can use', () => {
    run(
      store,
      `
import ctypes, numpy as np
view = INPUT.view("make.bytes")
array = np.frombuffer(view, dtype=np.uint8)
assert array.tobytes() == INPUT["make.bytes"] == view and np.frombuffer(view, "<f4").size == 1_250_000
assert not array.flags.writeable and array.base is not None
assert (view.format, view.itemsize, view.ndim, view.readonly, view.contiguous) == ("B", 1, 1, True, True)
# pyarrow.py_buffer asks for a plain contiguous buffer, by PyObject_GetBuffer, and keeps it: the memory must not move.
address = array.__array_interface__["data"][0]
assert np.frombuffer(memoryview(view), np.uint8).__array_interface__["data"][0] == address
del view
import gc; gc.collect()
assert array.sum() == sum(array.tobytes())
`,
    );
  });

  test('a view takes no memory of the process, and stays good after everything else is gone', () => {
    run(
      store,
      'OUTPUT["large"] = bytes(256 << 20)',
      `${MEMORY}
before = status("RssAnon")
view = INPUT.view("first.large")
assert len(view) == 256 << 20 and not any(view[i] for i in range(0, len(view), 4096))
assert status("RssAnon") - before < 16, status("RssAnon") - before
`,
    );
  });

  test('writing a buffer copies its bytes once, into the store', () => {
    run(
      store,
      `${MEMORY}
import numpy as np
array = np.ones((256, 1 << 20), dtype=np.uint8)
text = "x" * (64 << 20)
before = status("VmHWM")
OUTPUT["array"] = array
assert status("VmHWM") - before < 16, "contiguous"
if ${store === 'shm' ? 'True' : 'False'}:
    OUTPUT["text"] = text
    assert status("VmHWM") - before < 16, "ASCII"
OUTPUT["columns"] = array[:, ::2]
assert 100 < status("VmHWM") - before < 150, "one copy that is contiguous"
`,
      `
import numpy as np
assert np.frombuffer(INPUT.view("first.columns"), np.uint8).sum() == 128 << 20
`,
    );
  });

  test('OUTPUT does not keep large values alive, and reads them from the store', () => {
    run(
      store,
      `
import weakref, numpy as np
array = np.arange(1_000_000)
reference = weakref.ref(array)
OUTPUT["array"] = array
data = array.tobytes()
del array
assert reference() is None and OUTPUT["array"] == data
OUTPUT["text"] = "é" * 2_000_000
assert OUTPUT["text"] == "é" * 2_000_000 and repr(OUTPUT) == "OUTPUT({'array': <large>, 'text': <large>})"
changing = bytearray(b"a")
OUTPUT["small"] = changing
changing[0] = 98
assert OUTPUT["small"] == b"a"
del OUTPUT["array"]
assert "array" not in OUTPUT and list(OUTPUT) == ["text", "small"]
`,
      'assert sorted(INPUT.of("first")) == ["small", "text"]',
    );
  });
});
