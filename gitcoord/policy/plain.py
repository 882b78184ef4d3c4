"""What of others' words an agent's hook may show: ids, and names and paths checked against a strict alphabet.

A hook's words reach the agent with the authority of its system. A name, a branch, a path or a message is written by
others, and may read like an instruction; what is not plain, or long enough to be a sentence, is left out. Light.
"""

from __future__ import annotations

_ID = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
_PATH = _ID | frozenset("_./+@,=")
_LONGEST_NAME = 24
_LONGEST_PATH = 100
_LONGEST_PART = 40
_DIGITS = 8


def plain(text: str) -> bool:
    """Whether a text is short and of letters, digits, `-` only."""
    return bool(text) and len(text) <= _LONGEST_NAME and _ID.issuperset(text)


def session(holder: str) -> str:
    """Return a session's id as it may be shown; its random end alone where the readable part is not plain."""
    name, _, end = holder.rpartition("-")
    if plain(name) and _ID.issuperset(end):
        return holder
    return f"session …{end[-_DIGITS:]}" if end and _ID.issuperset(end) else "another session"


def path(text: str, other: str = "this file") -> str:
    """Return a path as it may be shown; `other` where it is not plain."""
    short = len(text) <= _LONGEST_PATH and all(len(part) <= _LONGEST_PART for part in text.split("/"))
    return text if short and _PATH.issuperset(text) else other


def typed(text: str) -> str:
    """Return a path as an argument of a command, `PATH` where it cannot be shown."""
    shown = path(text, "")
    return "PATH" if not shown or shown.startswith("-") else shown


def until(end: int, deadline: int | None, now: int) -> str:
    """Return how long a claim holds: `until 14:30 (23 min)`. All in seconds; `end` is that of the holder's lease."""
    import time

    end = deadline if deadline is not None and deadline < end else end
    left = end - now
    if left <= 0:
        return "while its agent runs"
    length = f"{max(1, (left + 30) // 60)} min" if left < 7200 else f"{(left + 1800) // 3600} h"
    return f"until {time.strftime('%H:%M', time.localtime(end))} ({length})"
