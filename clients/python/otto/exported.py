"""Variables OTTO_OUT_* of the environment at the end of a script (docs/task-protocol.md, section 6)."""
import os

from .task import _TASK_DIR

_PREFIX = "OTTO_OUT_"


def _keep_exported(environment):
    """Writes those there are; a variable has no NUL in it."""
    found = [name for name in environment if name.startswith(_PREFIX) and name != _PREFIX]
    if not found or not _TASK_DIR:
        return
    path = os.path.join(_TASK_DIR, "exported")
    try:
        with open(path, "wb") as file:
            for name in found:
                key, value = os.fsencode(name[len(_PREFIX) :]), os.fsencode(environment[name])
                file.write(b"\0s" + key + b"\0=" + value + b"\0.")
    except OSError as error:
        why = "the variables OTTO_OUT_* cannot be kept: %s" % error.strerror
        raise OSError(error.errno, why, path) from None
