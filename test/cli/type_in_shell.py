"""Types keys into an interactive shell on a terminal of its own, and prints the line by which the shell answers.

usage: type_in_shell.py KEYS SHELL ARGUMENTS...
The shell's prompt has to be READY>, its answer a line that begins with ANSWER.
"""
import os
import pty
import re
import select
import signal
import sys
import time

keys, command = sys.argv[1], sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)

seen = b""


def wait_for(pattern):
    """Reads until the pattern has come; gives up after 15 seconds."""
    global seen
    deadline = time.monotonic() + 15
    while not (found := re.search(pattern, seen)):
        ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            sys.exit("no %r in %r" % (pattern, seen))
        seen += os.read(terminal, 65536)
    return found


try:
    wait_for(rb"READY>")
    os.write(terminal, keys.encode())
    answer = wait_for(rb"ANSWER(<.*?>)\r?\n")
    sys.stdout.buffer.write(answer.group(1).strip())
finally:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
