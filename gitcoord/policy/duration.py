"""Durations as people write them: `90s`, `30m`, `2h`, `1d`."""

from __future__ import annotations

from gitcoord import errors

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = 3650 * 86400


def parse(text: str) -> int:
    """Seconds, at least 1. Raises `Usage` for anything that is not a number and a unit."""
    digits, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not (digits.isascii() and digits.isdigit()):
        raise errors.usage.NotWritten(text, "a duration", "90s, 30m, 2h or 1d")
    seconds = int(digits) * _UNITS[unit]
    if not 1 <= seconds <= _LONGEST:
        raise errors.usage.OutOfRange("the duration", text, "90s, 30m, 2h or 1d")
    return seconds


def show(seconds: int) -> str:
    """The duration in one or two units, as people say it: `45s`, `12 min`, `2 h 5 min`, `3 d`."""
    if seconds < 60:
        return f"{max(seconds, 0)} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"
