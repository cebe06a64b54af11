"""The params of a task: names that its script has (docs/task-protocol.md, section 1)."""
import os

from .task import _task


class _Flag(str):
    """`true` or `false`, and as true as it says."""

    __slots__ = ()

    def __bool__(self):
        return self == "true"


def _params():
    """By name. Only a task that has some reads task.json for them."""
    if "OTTO_PARAMS" not in os.environ:
        return {}
    found = _task()["params"].items()
    return {name: _Flag(str(value).lower()) if isinstance(value, bool) else value for name, value in found}
