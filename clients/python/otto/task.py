"""What the runner tells a task: its environment and task.json (docs/task-protocol.md, section 1)."""
import os

from .json_text import _from_json

_TASK_DIR = os.environ.get("OTTO_TASK_DIR", "")
_SPOOL = os.environ.get("OTTO_SPOOL", "")
_STORE = os.environ.get("OTTO_STORE", "files")

_task_json = None


def _task():
    """task.json, read once."""
    global _task_json
    if _task_json is None:
        _check_is_task()
        _task_json = _read_task_json(_TASK_DIR)
    return _task_json


def _check_is_task():
    if not _TASK_DIR:
        raise RuntimeError(
            "INPUT and OUTPUT belong to a task that otto runs, and this process is none (OTTO_TASK_DIR is not set); "
            "otto.attach(path) opens the values of any run"
        )


def _read_task_json(directory):
    with open(os.path.join(directory, "task.json"), "rb") as file:
        found = _from_json(file.read())
    if found.get("version") != 1:
        raise RuntimeError("task.json has version %r, this client knows 1" % (found.get("version"),))
    return found


def _find_library(given=None):
    """The path of libotto.so, or None: as given, as in the environment, the task's, or of the otto that is installed."""
    named = given or os.environ.get("OTTO_LIBRARY") or (_task()["library"] if _TASK_DIR else None)
    return named or _installed_library()


def _installed_library():
    import shutil

    starts = [__file__, shutil.which("otto")]
    for start in filter(None, starts):
        # <package>/dist/clients/python/otto.py or <package>/dist/cli.js
        above = os.path.dirname(os.path.realpath(start))
        for _ in range(4):
            path = os.path.join(above, "build", "Release", "libotto.so")
            if os.path.exists(path):
                return path
            above = os.path.dirname(above)
    return None
