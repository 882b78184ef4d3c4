"""JSON without `import json`, which takes a third of the time that a whole guard may take.

The C scanner behind it, `_json`, does the work and is what `json` itself uses; where a Python has none, `json` is
imported after all. Light: the guard uses it.
"""

from __future__ import annotations

from gitcoord.policy.limits import JSON_DEPTH, NUMBER_CHARACTERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_SPACE = " \t\n\r"


class _Settings:
    """What the scanner wants to know. Where `json.loads` has a choice of its own, or a limit, the text is refused."""

    strict = True
    object_hook = None
    array_hook = None

    @staticmethod
    def object_pairs_hook(pairs: list[tuple[str, object]]) -> dict[str, object]:
        """Return the object. Raises `ValueError` where two members have one name: which counts is not defined."""
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a JSON object has two members of one name")
        return found

    @staticmethod
    def parse_int(text: str) -> int:
        """Return a whole number. Raises `ValueError` for a long one: how many digits are read is a setting."""
        return int(_short(text))

    @staticmethod
    def parse_float(text: str) -> float:
        """Return a number with a point or an exponent. Raises `ValueError` for a long one."""
        return float(_short(text))

    @staticmethod
    def parse_constant(name: str) -> object:
        """Refuses what JSON has no word for."""
        raise ValueError(f"{name} is not JSON")


def _short(number: str) -> str:
    if len(number) > NUMBER_CHARACTERS:
        raise ValueError(f"a number has more than {NUMBER_CHARACTERS} characters")
    return number


def loads(data: bytes) -> object:
    """The value that a JSON text in UTF-8 says. Raises `ValueError` for anything else.

    Bytes that are not UTF-8 are surrogate escapes, as the ledger writes them: a path may have any.
    """
    return parse(data.decode("utf-8", "surrogateescape"))


def parse(text: str) -> object:
    """The value that a JSON text says. Raises `ValueError` for anything else.

    Every interpreter gives the same answer: what nests deeper than the schema allows is refused before it is read.
    """
    if _is_deep(text):
        raise ValueError(f"JSON nests deeper than {JSON_DEPTH}")
    start = len(text) - len(text.lstrip(_SPACE))
    try:
        value, end = _scanner()(text, start)
    except (StopIteration, RecursionError, SystemError):
        # SystemError: of a text that is cut short the scanner tells with an error of `json`, which is not loaded here.
        raise ValueError("malformed JSON") from None
    if text[end:].strip(_SPACE):
        raise ValueError("malformed JSON: something stands behind it")
    return value


def _is_deep(text: str) -> bool:
    """Whether lists and objects may stand in each other deeper than the schema allows."""
    if text.count("[") + text.count("{") <= JSON_DEPTH:
        return False
    depth, at = 0, 0
    while at < len(text):
        char = text[at]
        if char == '"':
            at = _end_of_string(text, at)
        elif char in "[{":
            depth += 1
            if depth > JSON_DEPTH:
                return True
        elif char in "]}":
            depth -= 1
        at += 1
    return False


def _end_of_string(text: str, start: int) -> int:
    """Where the quote stands that ends the string beginning at `start`; the end of the text where none does."""
    at = start + 1
    while (end := text.find('"', at)) >= 0:
        escapes = end - len(text[at:end].rstrip("\\")) - at
        if escapes % 2 == 0:
            return end
        at = end + 1
    return len(text)


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

        return json.JSONDecoder(
            object_pairs_hook=_Settings.object_pairs_hook,
            parse_int=_Settings.parse_int,
            parse_float=_Settings.parse_float,
            parse_constant=_Settings.parse_constant,
        ).raw_decode


def _quoted(text: str) -> str:
    try:
        import _json
    except ImportError:
        import json

        return json.dumps(text)
    return _json.encode_basestring_ascii(text)
