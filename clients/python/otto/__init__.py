"""otto's Python client, in one file: INPUT and OUTPUT of a task's script, and attach() for any program.

    import otto                                  # in a task's script INPUT and OUTPUT are there without it
    otto.OUTPUT["rows"] = table.tobytes()        # str, bytes and any buffer, int, float, bool, None, list, dict
    otto.INPUT["load.rows"]                      # types are kept; INPUT.view("load.rows") is its bytes, without a copy
    otto.attach("/dev/shm/otto-0/run/load")      # the values of a task: of a run that goes on, or of one in history

Only the standard library, Python 3.8 or later. Whatever a script may not need (json, mmap, ctypes, struct) is imported by its
first use, because every Python task pays for what stands at the top. The formats: docs/shm-format.md, docs/task-protocol.md;
how to use it: docs/python.md.
"""
import os
import sys
from _collections_abc import Mapping, MutableMapping

from .values import _encode
from .json_text import _to_json
from .layout import LAYOUT
from .private_files import CorruptRegion
from .mapped import _map
from .objects import _open_object
from .region import _Region
from .history import _History
from .library import _RegionWriter
from .journal import _Journal
from .task import _task
from .broker import _PROTOCOL
from .input import INPUT
from .exported import _keep_exported
from .output import OUTPUT
from .attached import Region, attach
from .params import _params
from .main_module import _execute
from .children import _become_child
from .script import run_script

__all__ = ["INPUT", "OUTPUT", "CorruptRegion", "Region", "attach"]
