"""Python values to JSON text and back, exactly."""
import _thread
import sys


def _from_json(text):
    import json

    return _with_all_digits(lambda: json.loads(text))


def _to_json(value, path):
    """Compact JSON; raises a TypeError that begins with the path of what JSON cannot hold."""
    import json

    form = {"ensure_ascii": False, "allow_nan": False, "check_circular": False, "separators": (",", ":")}
    try:
        _check_json(value, path, set())
        text = _with_all_digits(lambda: json.dumps(value, **form))
    except RecursionError:
        raise TypeError("%s is nested too deep" % path) from None
    # In JSON a backslash escape of a lone surrogate is the surrogate.
    return text.encode("utf-8", "backslashreplace")


_digits = _thread.allocate_lock()


def _with_all_digits(convert):
    """Python limits the digits of an int that becomes text or is read from it; the limit is the whole process's."""
    try:
        return convert()
    except ValueError:
        if not hasattr(sys, "set_int_max_str_digits"):
            raise
    with _digits:
        limit = sys.get_int_max_str_digits()
        sys.set_int_max_str_digits(0)
        try:
            return convert()
        finally:
            sys.set_int_max_str_digits(limit)


_PLAIN_TYPES = (str, int, bool, type(None))


def _check_json(value, path, above):
    if isinstance(value, _PLAIN_TYPES):
        return
    if isinstance(value, float):
        if value - value != 0:
            raise TypeError("%s is %r, which no JSON can hold" % (path, value))
        return
    if not isinstance(value, (list, tuple, dict)):
        kinds = "str, bytes, int, float, bool, None, list or dict"
        raise TypeError("%s is of type %s; a value is %s" % (path, type(value).__name__, kinds))
    if id(value) in above:
        raise TypeError("%s contains itself" % path)
    above.add(id(value))
    for name, item in _json_items(value, path):
        if type(item) not in _PLAIN_TYPES:
            _check_json(item, "%s[%r]" % (path, name), above)
    above.remove(id(value))


def _json_items(value, path):
    if not isinstance(value, dict):
        return enumerate(value)
    for name in value:
        if not isinstance(name, str):
            raise TypeError("%s has the key %r of type %s; keys are str" % (path, name, type(name).__name__))
    return value.items()
