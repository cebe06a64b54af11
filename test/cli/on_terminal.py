"""Runs a command on a pseudo-terminal and hands on what it writes there.

    on_terminal.py ROWS COLUMNS COMMAND...

Lines on stdin steer it: `size ROWS COLUMNS` (the terminal gets SIGWINCH), `signal NAME` (for the command), `type TEXT` (a key, in
Python's escapes). Ends with the command's exit code, or 128 and the signal's number.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


def steer(master, pid, line):
    word, _, rest = line.partition(" ")
    if word == "size":
        resize(master, *rest.split())
    elif word == "signal":
        os.kill(pid, getattr(signal, rest))
    elif word == "type":
        os.write(master, rest.encode().decode("unicode_escape").encode())


def main(rows, columns, *command):
    read_end, write_end = os.pipe()
    pid, master = pty.fork()
    if pid == 0:
        os.close(write_end)
        os.read(read_end, 1)  # until the terminal has its size
        os.close(read_end)
        os.execvp(command[0], command)
    os.close(read_end)
    resize(master, rows, columns)
    os.close(write_end)
    sources = [master, 0]
    pending = b""
    while master in sources:
        for source in select.select(sources, [], [])[0]:
            try:
                piece = os.read(source, 65536)
            except OSError:  # EIO: nobody has the terminal open any more
                piece = b""
            if not piece:
                sources.remove(source)
            elif source == master:
                sys.stdout.buffer.write(piece)
                sys.stdout.buffer.flush()
            else:
                *lines, pending = (pending + piece).split(b"\n")
                for line in lines:
                    steer(master, pid, line.decode())
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


sys.exit(main(*sys.argv[1:]))
