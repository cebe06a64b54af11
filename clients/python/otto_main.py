"""Turns this process into the user's script: its names, arguments, module path and tracebacks are the script's own."""
import builtins
import os
import sys


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
    """The hook that shows `error` (maybe the script's own) sees a traceback that begins in the script."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename in _OWN_FILES:
        trace = trace.tb_next
    show = sys.excepthook

    def hook(kind, value, shown):
        if value is error:
            shown = trace
            value.__traceback__ = trace
        show(kind, value, shown)

    sys.excepthook = hook


_OWN_FILES = (__file__, os.path.join(os.path.dirname(__file__), "run.py"))
