"""Reads damaged copies of a region with every place of values: read_mutated.py CLIENT WORK_DIRECTORY. Prints what came out."""
import collections
import os
import random
import sys

client, work = sys.argv[1:]
sys.path[:0] = [client, os.path.dirname(os.path.abspath(__file__))]
import craft  # noqa: E402
import otto  # noqa: E402

crafted = craft.example(otto, work)
crafted.write()
task = crafted.task
intact = [bytearray(segment) for segment in crafted.segments]
interesting = [[at for at, byte in enumerate(segment) if byte] for segment in intact]
values = sorted(os.path.join(d, n) for d in (task, crafted.spill) for n in os.listdir(d) if n.endswith(".value"))
chance = random.Random(7)


def read():
    """By listing, and key by key; both must agree, because nobody writes."""
    region = otto._Region(task)
    listed = {key: (found.kind, bytes(found.view())) for key, found in region.entries().items()}
    for key in expected or listed:
        found = region.find(key.encode())
        assert listed.get(key) == (found and (found.kind, found.read())), key
    return listed


def damage():
    segments = [bytearray(segment) for segment in intact]
    for _ in range(chance.choice((1, 1, 3))):
        which = chance.choice((0, 1))
        at = chance.choice(interesting[which])
        if chance.random() < 0.5:
            at &= ~7
        segments[which][at] = chance.randrange(256)
    if chance.random() < 0.1:
        which = chance.choice((0, 1))
        del segments[which][chance.randrange(65, len(segments[which])) :]
    return segments


expected = None
outcomes = collections.Counter()
expected = read()
for _ in range(1000):
    crafted.write(damage())
    cut = chance.choice(values) if chance.random() < 0.05 else None
    if cut:
        with open(cut, "rb") as file:
            whole = file.read()
        os.truncate(cut, chance.randrange(len(whole) + 100))
    try:
        outcomes["same" if read() == expected else "other"] += 1
    except (otto.CorruptRegion, OSError) as error:
        assert work in str(error), error
        outcomes["refused"] += 1
    if cut:
        crafted.file(cut, whole)
print(len(expected), outcomes["same"] > 0, outcomes["refused"] > 100)
