import { describe, expect, test } from 'vitest';
import { block, runOttofile } from '../support/python-project.ts';

const run = (store: string, script: string, last: string): readonly string[] =>
  runOttofile(
    `tasks:
  make:
    bash: OUTPUT[word]=hello
  first:
    before: [make]
    python: ${block(script)}
  last:
    before: [first]
    python: ${block(last)}
`,
    store,
  ).lines;

describe.each(['files', 'shm'])('in the store %s', (store) => {
  test.each(['fork', 'spawn', 'forkserver'])(
    'children of multiprocessing by %s have INPUT and OUTPUT',
    (method) => {
      const script = `
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
method = "${method}"
top = INPUT["make.word"]

class Own:
    pass

def work(n):
    OUTPUT["child %d" % n] = INPUT["make.word"] * n
    grown = OUTPUT["list %d" % n] = []
    grown.append(n)

def give(output):
    output["given"] = otto_get_input("make.word")
    import otto
    assert otto.OUTPUT is OUTPUT is output

def back(n):
    assert isinstance(Own(), Own)
    return n, Own()

def parent():
    start(work, 3)

def start(target, *args):
    process = multiprocessing.get_context(method).Process(target=target, args=args)
    process.start()
    process.join()
    assert process.exitcode == 0

if __name__ == "__main__":
    for n in range(3):
        start(work, n)
    start(give, OUTPUT)
    start(parent)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        assert all(type(own) is Own for _, own in pool.map(back, range(4)))
`;
      const check = `
expected = {"given": "hello"}
for n in range(4):
    expected["child %d" % n], expected["list %d" % n] = "hello" * n, [n]
assert dict(INPUT.of("first")) == expected, dict(INPUT)
print("checked")
`;
      expect(run(store, script, check)).toEqual(['checked']);
    },
  );

  test('threads set and read at once', () => {
    const script = `
from threading import Thread
def work(n):
    for i in range(20):
        OUTPUT["%d %d" % (n, i)] = ("%d %d" % (n, i)).encode() * (1 if i else 300_000)
        assert INPUT["make.word"] == "hello"
threads = [Thread(target=work, args=(n,)) for n in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
`;
    const check = `
assert len(INPUT) == 160
for key, value in INPUT.items():
    n, i = key.split(".")[1].split()
    assert value == ("%s %s" % (n, i)).encode() * (1 if int(i) else 300_000), key
print("checked")
`;
    expect(run(store, script, check)).toEqual(['checked']);
  });
});

test('`import otto` in a script gives the same INPUT and OUTPUT, and a module of the user wins', () => {
  const script = `
import sys
assert "otto" not in sys.modules
from otto import INPUT as same, OUTPUT as out
assert same is INPUT and out is OUTPUT
open("otto.py", "w").write("mine = 1")
`;
  expect(run('files', script, 'import otto\nprint(otto.mine)')).toEqual(['1']);
});

test('an int of any length survives threads that convert at once', () => {
  const script = `
from threading import Thread
import sys
before = sys.get_int_max_str_digits() if hasattr(sys, "get_int_max_str_digits") else None
def work(n):
    for i in range(30):
        OUTPUT["k%d" % n] = 10 ** 6000 + n
threads = [Thread(target=work, args=(n,)) for n in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert before is None or sys.get_int_max_str_digits() == before
`;
  const check = 'print(all(INPUT["first.k%d" % n] == 10 ** 6000 + n for n in range(8)))';
  expect(run('files', script, check)).toEqual(['True']);
});
