"""Sizes as people write them: `500k`, `64m`, `2g`, as git does."""

from __future__ import annotations

from gitcoord import errors

_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def parse(text: str) -> int:
    """Bytes. Raises `Usage` for anything that is not a number with or without one of the units k, m and g."""
    unit = _UNITS.get(text[-1:].lower(), 1)
    digits = text[:-1] if unit > 1 else text
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 12:
        raise errors.usage.NotWritten(text, "a size", "500k, 64m or 2g")
    return int(digits) * unit


def show(size: int) -> str:
    """The size in one unit: `312 bytes`, `12 KiB`, `3.4 MiB`."""
    if size < 1 << 10:
        return f"{size} byte{'' if size == 1 else 's'}"
    if size < 1 << 20:
        return f"{size >> 10} KiB"
    tenths = (size * 10) >> 20
    return f"{tenths // 10}.{tenths % 10} MiB"
