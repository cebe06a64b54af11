"""Sets values through the Python client until it is killed; writers.h has the contract. Arguments: CLIENTS LIBRARY, then the usual."""
import os
import sys
import time

CLIENTS, LIBRARY, DIRECTORY = sys.argv[1:4]
FIRST_KEY, KEYS, FIRST_NUMBER = (int(word) for word in sys.argv[4:7])
LENGTHS = [int(word) for word in sys.argv[7].split(",")]
sys.dont_write_bytecode = True
sys.path.insert(0, CLIENTS)
import otto  # noqa: E402


def value_of(key, number, length):
    check = (key * 31 + number * 17 + length * 7) & 0xFFFF
    head = "%08x:%08x:%08x:%04x|" % (key, number, length, check)
    return (head * (length // len(head) + 1))[:length]


region = otto.attach(DIRECTORY, LIBRARY)
os.write(1, b"ready\n")
for i in range(KEYS * 64):
    key, number = FIRST_KEY + i % KEYS, FIRST_NUMBER + i
    name = "key-%d" % key
    value = value_of(key, number, LENGTHS[number % len(LENGTHS)])
    try:
        if key % 4 != 0 or number % 8 != 5:
            region[name] = value if number % 2 else value.encode()
        elif name in region:
            del region[name]
    except OSError as error:
        if error.errno != 28:
            raise
        continue
    os.write(1, b"%d %d\n" % (key, number))
time.sleep(3600)
