"""Reads damaged copies of a region: read_mutated.py CLIENTS TASK_DIRECTORY WORK_DIRECTORY. Prints what came out, counted."""
import collections
import os
import random
import shutil
import sys

clients, original, work = sys.argv[1:]
sys.path.insert(0, clients)
import otto  # noqa: E402

task = os.path.join(work, "root", "run", "task")
os.makedirs(task)
for directory in (task, os.path.dirname(task), os.path.dirname(os.path.dirname(task))):
    os.chmod(directory, 0o700)
for name in os.listdir(original):
    if os.path.isfile(os.path.join(original, name)):
        shutil.copy2(os.path.join(original, name), os.path.join(task, name))
with open(os.path.join(task, "region"), "rb") as file:
    intact = file.read()
used = int.from_bytes(intact[128:136], "little")
interesting = [at for at in range(used) if intact[at]]


def read():
    return {key: (found.kind, found.read()) for key, found in otto._Region(task).entries().items()}


expected = read()
outcomes = collections.Counter()
chance = random.Random(7)
for _ in range(1500):
    damaged = bytearray(intact)
    for _ in range(chance.choice((1, 1, 3))):
        at = chance.choice(interesting) & ~7 if chance.random() < 0.5 else chance.choice(interesting)
        damaged[at : at + 1] = bytes((chance.randrange(256),))
    with open(os.path.join(task, "region"), "wb") as file:
        file.write(damaged[: len(damaged) if chance.random() < 0.9 else chance.randrange(len(damaged))])
    try:
        outcomes["same" if read() == expected else "other"] += 1
    except (otto.CorruptRegion, OSError) as error:
        assert task in str(error), error
        outcomes["refused"] += 1
print(len(expected), outcomes["same"] > 0, outcomes["refused"] > 100)
