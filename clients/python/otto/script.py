"""Turns this process into the user's script: its names, arguments, module path and tracebacks are the script's own."""
import atexit
import os
import sys

from .children import _Lender, _SpawnWatcher
from .main_module import _execute, _names_of_a_script
from .output import _finish, _is_script

# Registered before any handler of the script: runs after all of them.
atexit.register(_finish)


def run_script(script, source):
    """Executes `script` in `__main__`, with line numbers and the name of `source`."""
    _is_script()
    _Lender(sys.modules.pop("otto"))
    _SpawnWatcher(script, source)
    sys.path[0] = os.getcwd()
    sys.argv = [script]
    names = sys.modules["__main__"].__dict__
    names.clear()
    names.update(_names_of_a_script("__main__", script))
    try:
        _execute(script, source, names)
    except SystemExit:
        raise
    except BaseException as error:
        _show_as_the_scripts(error, script, source)
        raise


def _show_as_the_scripts(error, script, source):
    """The hook that shows `error` (maybe the script's own) sees a traceback of the script's frames and lines only."""
    trace = _without_own_frames(error.__traceback__)
    show = sys.excepthook
    if show is sys.__excepthook__:
        show = _hook_with_lines(script, source)

    def hook(kind, value, shown):
        if value is error:
            shown = trace
            value.__traceback__ = trace
        show(kind, value, shown)

    sys.excepthook = hook


def _hook_with_lines(script, source):
    """Python's own hook takes lines from the file `source`, where they are indented, so that its marks below them are wrong."""
    # Not in the hook itself: after an import there, Python forgets that it has to end as if by SIGINT.
    import linecache
    import traceback

    if linecache.getlines(script):
        linecache.cache[source] = linecache.cache[script]
    return traceback.print_exception


def _without_own_frames(trace):
    from types import TracebackType

    here = os.path.dirname(__file__)
    frames = []
    while trace is not None:
        if os.path.dirname(trace.tb_frame.f_code.co_filename) != here:
            frames.append(trace)
        trace = trace.tb_next
    kept = None
    for one in reversed(frames):
        kept = TracebackType(kept, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return kept
