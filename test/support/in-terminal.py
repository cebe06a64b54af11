"""Runs a command in a terminal of its own and types into it.

Usage: in-terminal.py STEPS COMMAND...
STEPS is a JSON list of {"expect": TEXT, "type": TEXT, "signal": NAME}: waits until TEXT was printed after the step before, then
types, or sends the signal to the command. Prints JSON: what was on the screen, the exit code, and whether the terminal echoes.
"""

import fcntl
import json
import os
import select
import signal
import sys
import termios
import time

steps = json.loads(sys.argv[1])
# Both ends stay open here, so that the terminal's settings can still be asked for when the command has ended.
master, slave = os.openpty()
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for descriptor in (0, 1, 2):
        os.dup2(slave, descriptor)
    os.execvp(sys.argv[2], sys.argv[2:])

screen = b""
seen = 0
deadline = time.monotonic() + 60
status = None
while status is None and time.monotonic() < deadline:
    if steps and (at := screen.find(steps[0]["expect"].encode(), seen)) >= 0:
        step = steps.pop(0)
        seen = at + len(step["expect"])
        if "type" in step:
            os.write(master, step["type"].encode())
        if "signal" in step:
            os.kill(pid, getattr(signal, step["signal"]))
    elif select.select([master], [], [], 0.02)[0]:
        screen += os.read(master, 65536)
    else:
        ended, code = os.waitpid(pid, os.WNOHANG)
        status = os.waitstatus_to_exitcode(code) if ended else None
if status is None:
    os.kill(pid, signal.SIGTERM)
while select.select([master], [], [], 0)[0]:
    screen += os.read(master, 65536)
echoes = bool(termios.tcgetattr(slave)[3] & termios.ECHO)
print(json.dumps({"screen": screen.decode("utf-8", "replace"), "code": status, "echoes": echoes, "open": len(steps)}))
