"""JSON without `import json`, which takes a third of the time that a whole guard may take.

The C scanner behind it, `_json`, does the work and is what `json` itself uses; where a Python has none, `json` is
imported after all. Light: the guard uses it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_SPACE = " \t\n\r"


class _Settings:
    """What the scanner wants to know: the settings of a plain `json.loads`, except that NaN is refused."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    array_hook = None
    parse_float = float
    parse_int = int

    @staticmethod
    def parse_constant(name: str) -> object:
        """Refuses what JSON has no word for."""
        raise ValueError(f"{name} is no JSON")


def loads(data: bytes) -> object:
    """The value that a JSON text in UTF-8 says. Raises `ValueError` for anything else.

    Bytes that are not UTF-8 are surrogate escapes, as the ledger writes them: a path may have any.
    """
    text = data.decode("utf-8", "surrogateescape")
    start = len(text) - len(text.lstrip(_SPACE))
    try:
        value, end = _scanner()(text, start)
    except (StopIteration, RecursionError):
        raise ValueError("malformed JSON") from None
    if text[end:].strip(_SPACE):
        raise ValueError("malformed JSON: something stands behind it")
    return value


def record(data: bytes) -> dict[str, object]:
    """As `loads`, for a text that must be an object. Raises `ValueError`."""
    value = loads(data)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def dumps(value: object) -> str:
    """Texts, whole numbers, truth values, None, lists and dictionaries of them as JSON on one line, in ASCII.

    Raises `TypeError` for anything else.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(dumps, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(key)}: {dumps(item)}" for key, item in value.items()) + "}"
    raise TypeError(f"{type(value).__name__} has no JSON here")


def _scanner() -> Callable[[str, int], tuple[object, int]]:
    try:
        import _json

        return _json.make_scanner(_Settings)  # type: ignore[arg-type]  # it takes whatever has these attributes
    except ImportError:
        import json

        return json.JSONDecoder().raw_decode


def _quoted(text: str) -> str:
    try:
        import _json
    except ImportError:
        import json

        return json.dumps(text)
    return _json.encode_basestring_ascii(text)
