"""Children of multiprocessing that are started anew (`spawn`, `forkserver`) execute the script again: they need its names too."""
import os
import sys

from .main_module import _execute, _names_of_a_script


class _Lender:
    """A finder and its loader: `import otto` gives this very module where nothing else has the name."""

    def __init__(self, module):
        self._module = module
        sys.meta_path.append(self)

    def find_spec(self, name, path=None, target=None):
        if name != "otto":
            return None
        from importlib.machinery import ModuleSpec

        return ModuleSpec(name, self, origin=self._module.__file__)

    def create_module(self, spec):
        return self._module

    def exec_module(self, module):
        """It has been executed."""


class _SpawnWatcher:
    """A finder that finds nothing of its own. It changes `multiprocessing.spawn` when a script comes to import it."""

    def __init__(self, script, source):
        self._script, self._source = script, source
        sys.meta_path.insert(0, self)

    def find_spec(self, name, path=None, target=None):
        if name != "multiprocessing.spawn":
            return None
        from importlib.util import find_spec

        sys.meta_path.remove(self)
        spec = find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            _prepare_children(module, self._script, self._source)

        spec.loader.exec_module = exec_module
        return spec


def _prepare_children(spawn, script, source):
    """What a new child is sent first gets one more part, which makes it know the script's names."""
    prepare = spawn.get_preparation_data

    def get_preparation_data(name):
        data = prepare(name)
        if data.get("init_main_from_path") == os.path.normpath(script):
            if name == "ignore":
                del data["init_main_from_path"]  # This is for a fork server. Its children execute the script.
            else:
                data["otto"] = _InChild(script, source)
        return data

    spawn.get_preparation_data = get_preparation_data


class _InChild:
    """Unpickling it in a child calls `_become_child` there. The module cannot be imported by its name yet."""

    def __init__(self, script, source):
        self._arguments = (os.path.abspath(__file__), script, source)

    def __reduce__(self):
        return exec, (_LOAD % self._arguments, {})


_LOAD = """
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("otto", %r)
module = module_from_spec(spec)
spec.loader.exec_module(module)
module._become_child(module, %r, %r)
"""


def _become_child(module, script, source):
    """Where multiprocessing executes a script anew as `__mp_main__`, it is done as run_script does it."""
    from multiprocessing import spawn
    from types import ModuleType

    from_path = spawn._fixup_main_from_path

    def fixup(path):
        if path != os.path.normpath(script):
            return from_path(path)
        main = ModuleType("__mp_main__")
        main.__dict__.update(_names_of_a_script("__mp_main__", script))
        spawn.old_main_modules.append(sys.modules["__main__"])
        _execute(script, source, main.__dict__)
        sys.modules["__main__"] = sys.modules["__mp_main__"] = main
        return None

    spawn._fixup_main_from_path = fixup
    _Lender(module)
    _prepare_children(spawn, script, source)
