"""Reading a payload that somebody else wrote: each getter says what it wants and refuses the rest.

Written by hand, not with a validation library: whether an operation is malformed is part of the fold, and the fold
must give the same answer with every version of every library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.errors import Malformed
from gitcoord.policy import limits

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = limits.TEXT
"""Characters of a short text: a name, a host, a reason."""

MOST = limits.ITEMS
"""Items of a list."""

LATEST = limits.LATEST
"""The largest number: beyond any time or counter."""


def text(data: Mapping[str, Any], key: str, default: str | None = None) -> str:
    """A short text."""
    value = data.get(key, default)
    if not isinstance(value, str) or len(value) > LONGEST or not _writable(value):
        raise Malformed(f"{key} is not a short text")
    return value


def _writable(value: str) -> bool:
    """Whether the text is read back as it was written: JSON can bring halves of characters."""
    try:
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") == value
    except UnicodeEncodeError:
        return False


def number(data: Mapping[str, Any], key: str, default: int | None = None, most: int = LATEST) -> int:
    """A whole number from 0 to `most`."""
    value = data.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise Malformed(f"{key} is not a number")
    return value


def optional_number(data: Mapping[str, Any], key: str) -> int | None:
    """A whole number from 0 up, or None."""
    return None if data.get(key) is None else number(data, key)


def flag(data: Mapping[str, Any], key: str) -> bool:
    """True or false; false where it is missing."""
    value = data.get(key, False)
    if not isinstance(value, bool):
        raise Malformed(f"{key} is neither true nor false")
    return value


def texts(data: Mapping[str, Any], key: str) -> list[str]:
    """A list of short texts; empty where it is missing."""
    value = data.get(key, [])
    if not isinstance(value, list) or len(value) > MOST:
        raise Malformed(f"{key} is not a list")
    return [text({key: item}, key) for item in value]


def records(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """A list of objects; empty where it is missing."""
    value = data.get(key, [])
    if not isinstance(value, list) or len(value) > MOST or not all(isinstance(item, dict) for item in value):
        raise Malformed(f"{key} is not a list of objects")
    return value
