"""Python values to JSON text and back, exactly."""
import _thread
import sys


def _from_json(text):
    """The value of a JSON text (bytes)."""
    return _with_all_digits(lambda: _scan_json(text))


class _Scanning:
    """How json's own scanner, written in C, is to read."""

    strict, object_hook, object_pairs_hook = True, None, None
    parse_float, parse_int, parse_constant = float, int, float


def _scan_json(text):
    # The module json brings in `re`, which takes longer to import than everything else that most tasks need.
    try:
        from _json import make_scanner

        words = str(text, "utf-8")
        value, end = make_scanner(_Scanning)(words, 0)
        if not words[end:].strip():
            return value
    except (ImportError, StopIteration):
        pass
    import json

    return json.loads(text)


def _to_json(value, path):
    """Compact JSON; raises a TypeError that begins with the path of what JSON cannot hold."""
    try:
        _check_json(value, path, set())
        text = _with_all_digits(lambda: _dump_json(value))
    except RecursionError:
        raise TypeError("%s is nested too deep" % path) from None
    # In JSON a backslash escape of a lone surrogate is the surrogate.
    return text.encode("utf-8", "backslashreplace")


_WORDS = {None: "null", True: "true", False: "false"}


def _dump_json(value):
    if value is None or type(value) is bool:
        return _WORDS[value]
    if type(value) is int or type(value) is float:
        return repr(value)
    import json

    return json.dumps(value, ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))


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
