"""Turns this process into the user's script: its names, arguments, module path and tracebacks are the script's own."""
import builtins
import os
import sys
import types


def run(script, source):
    """Executes `script` in `__main__`, with line numbers and the name of `source`."""
    import otto

    for name in ("otto", "otto_main"):
        del sys.modules[name]
    sys.path[0] = os.getcwd()
    sys.argv = [script]
    names = sys.modules["__main__"].__dict__
    names.clear()
    names.update(
        __name__="__main__",
        __doc__=None,
        __package__=None,
        __loader__=None,
        __spec__=None,
        __builtins__=builtins,
        __file__=script,
        **otto.names_of_a_script(),
    )
    try:
        # Bytes, so that a coding line of the script counts; dont_inherit, so that this file's own features do not.
        with open(script, "rb") as file:
            code = compile(file.read(), source, "exec", dont_inherit=True)
        exec(code, names)
    except SystemExit:
        raise
    except BaseException as error:
        _hide_own_frames(error)
        raise


def _hide_own_frames(error):
    """The hook that shows `error` (maybe the script's own) sees a traceback of the script's frames only."""
    trace = _without_own_frames(error.__traceback__)
    show = sys.excepthook

    def hook(kind, value, shown):
        if value is error:
            shown = trace
            value.__traceback__ = trace
        show(kind, value, shown)

    sys.excepthook = hook


def _without_own_frames(trace):
    frames = []
    while trace is not None:
        if os.path.dirname(trace.tb_frame.f_code.co_filename) != _HERE:
            frames.append(trace)
        trace = trace.tb_next
    kept = None
    for one in reversed(frames):
        kept = types.TracebackType(kept, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return kept


_HERE = os.path.dirname(__file__)
