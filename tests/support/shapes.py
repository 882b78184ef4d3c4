"""What a JSON answer promises: which fields it has, and what sort of value each of them holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Shape = Any
"""A type, a pattern, a tuple of alternatives (values, or shapes), a dict of fields, `[shape]`, or `Some(shape)`."""


@dataclass(frozen=True)
class Some:
    """A list that is not empty."""

    of: Shape


TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
OID = re.compile(r"[0-9a-f]{40}")
ID = re.compile(r"[0-9a-f]{32}")
SESSION = re.compile(r"[a-z0-9-]+-[0-9a-f]{8}")
TOKEN = (int, None)
PERCENT = (*range(101), None)

REASONS = ("held", "halted", "unanswered", "stale", "empty", "not_found", "not_mine", "offline", "unreadable", "usage")
HEAD = {"v": (1,), "as_of": TIME, "hub": ("ok", "offline", "none"), "warnings": [str]}

HELD = {
    **dict.fromkeys(("scope", "name", "user", "host", "branch", "worktree", "work"), str),
    "session": SESSION,
    "status": ("active", "idle", "gone", "waiting"),
    "since": TIME,
    "held_until": TIME,
}
GRANTED = {"scope": str, "session": SESSION, "token": TOKEN, "held_until": TIME, "confirmed": bool}
CONFLICT = {"scope": str, "held": HELD}
STALE = {"scope": str, "commit": OID, "branch": str, "session": SESSION}
CLAIM = {
    "result": ("won", "refused", "unknown"),
    "token": TOKEN,
    "confirmed": bool,
    "held_until": (TIME, None),
    "files": int,
    "took_over": [HELD],
    "stale": [STALE],
    "claims": [GRANTED],
    "conflicts": [CONFLICT],
}
WON = CLAIM | {"result": ("won",), "token": int, "held_until": TIME, "claims": Some(GRANTED)}
PROVISIONAL = WON | {"token": (None,), "confirmed": (False,)}
REFUSED = CLAIM | {"result": ("refused",), "token": (None,), "conflicts": Some(CONFLICT)}
UNKNOWN = CLAIM | {"result": ("unknown",), "confirmed": (False,), "claims": ()}
STARTED = {"session": SESSION, "name": str, "lease": int, "held_until": TIME}
SEEN = {
    **dict.fromkeys(("name", "role", "work", "phase", "user", "host", "terminal", "worktree", "branch"), str),
    "id": SESSION,
    "capabilities": [str],
    "status": ("active", "idle", "gone", "ended"),
    "progress": PERCENT,
    "last_seen": TIME,
    "pid": (int, None),
    "claims": [str],
}
RELEASED = {"session": SESSION, "released": [{"scope": str, "token": TOKEN}], "confirmed": bool}
REFUSAL = {"message": str}


def wrong(value: Any, shape: Shape, where: str = "answer") -> Iterator[str]:
    """What a value lacks of a shape, a sentence each. Fields that nobody promised are no fault."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            yield f"{where} is {value!r}, not an object"
            return
        for name, inner in shape.items():
            if name not in value:
                yield f"{where} has no {name!r}"
            else:
                yield from wrong(value[name], inner, f"{where}.{name}")
    elif isinstance(shape, Some | list):
        if not isinstance(value, list) or (isinstance(shape, Some) and not value):
            yield f"{where} is {value!r}, not a list with something in it"
            return
        for at, item in enumerate(value):
            yield from wrong(item, shape.of if isinstance(shape, Some) else shape[0], f"{where}[{at}]")
    elif not _fits(value, shape):
        yield f"{where} is {value!r}, not {shape!r}"


def _fits(value: Any, shape: Shape) -> bool:
    if isinstance(shape, tuple):
        return value == [] if not shape else any(_fits(value, one) for one in shape)
    if isinstance(shape, re.Pattern):
        return isinstance(value, str) and shape.fullmatch(value) is not None
    if isinstance(shape, type):
        return isinstance(value, shape) and (shape is bool or not isinstance(value, bool))
    return type(value) is type(shape) and bool(value == shape)
