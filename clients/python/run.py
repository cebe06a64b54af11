"""Runs a task's script as `__main__`: run.py SCRIPT SOURCE (SOURCE is the file that tracebacks name)."""
import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))
# Python itself puts the directory of this file first, unless PYTHONSAFEPATH is set.
if sys.path[:1] != [_here]:
    sys.path.insert(0, _here)
# Compiling it for each task would take longer than Python's own start. The user's wish concerns the user's files.
_wish, sys.dont_write_bytecode = sys.dont_write_bytecode, False
import otto  # noqa: E402

sys.dont_write_bytecode = _wish
otto.run_script(sys.argv[1], sys.argv[2])
