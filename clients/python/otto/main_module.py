"""The module in which a task's script is executed."""
from .input import INPUT
from .output import OUTPUT
from .params import _params


def _names_of_a_script(name, script):
    import builtins

    return {
        **_params(),
        "__name__": name,
        "__doc__": None,
        "__package__": None,
        "__loader__": None,
        "__spec__": None,
        "__builtins__": builtins,
        "__file__": script,
        "INPUT": INPUT,
        "OUTPUT": OUTPUT,
        "otto_set_output": OUTPUT.__setitem__,
        "otto_get_input": INPUT.get,
        "otto_deserialize_input": lambda *task: None,
    }


def _execute(script, source, names):
    # Bytes, so that a coding line of the script counts; dont_inherit, so that this file's own features do not.
    with open(script, "rb") as file:
        code = compile(file.read(), source, "exec", dont_inherit=True)
    exec(code, names)
