"""Python values to JSON text and back, exactly. Loaded by the first value that is neither str nor bytes."""
import json
import sys


class _AllDigits:
    """Lifts Python's limit on the digits of an int that becomes text or is read from it, while a value is converted."""

    def __enter__(self):
        self.limit = sys.get_int_max_str_digits() if hasattr(sys, "get_int_max_str_digits") else None
        if self.limit is not None:
            sys.set_int_max_str_digits(0)

    def __exit__(self, *_):
        if self.limit is not None:
            sys.set_int_max_str_digits(self.limit)


def from_json(text):
    with _AllDigits():
        return json.loads(text)


def to_json(value, path):
    """Compact JSON; raises a TypeError that begins with the path of what JSON cannot hold."""
    try:
        _check(value, path, set())
        with _AllDigits():
            text = json.dumps(value, ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))
    except RecursionError:
        raise TypeError("%s is nested too deep" % path) from None
    # In JSON a backslash escape of a lone surrogate is the surrogate.
    return text.encode("utf-8", "backslashreplace")


_PLAIN = (str, int, bool, type(None))


def _check(value, path, above):
    if isinstance(value, _PLAIN):
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
    for name, item in _items(value, path):
        if type(item) not in _PLAIN:
            _check(item, "%s[%r]" % (path, name), above)
    above.remove(id(value))


def _items(value, path):
    if not isinstance(value, dict):
        return enumerate(value)
    for name in value:
        if not isinstance(name, str):
            raise TypeError("%s has the key %r of type %s; keys are str" % (path, name, type(name).__name__))
    return value.items()
