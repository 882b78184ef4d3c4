"""Which halts stand, and what each of them stops: the rule, from the records of `halt.json`.

A halt that names neither sessions nor scopes stops everybody. One that names sessions stops these and their children;
one that names scopes stops the work on what lies in them.

Light: imports only `glob` and `spelling`; the hooks load it on every commit during a halt.
"""

from __future__ import annotations

from gitcoord.policy import glob
from gitcoord.policy.spelling import folded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from typing import Any

PATH = "halt.json"
"""Where the halts stand in the state. The file is there only while something is halted, so that the shims can tell."""


def standing(record: dict[str, Any], now: int) -> list[dict[str, Any]]:
    """Return the halts of the file that are not over, the eldest first. `now` is in seconds.

    Raises `ValueError` where the file is damaged: then nobody knows what is halted.
    """
    halts = record.get("halts")
    if not isinstance(halts, list) or not halts or not all(isinstance(halt, dict) for halt in halts):
        raise ValueError(f"{PATH} has no list of halts")
    return [halt for halt in halts if not is_over(halt, now)]


def is_over(halt: dict[str, Any], now: int) -> bool:
    """Say whether the time of a halt has run out."""
    until = halt.get("until")
    return isinstance(until, int) and until < now


def stops_everybody(halt: dict[str, Any]) -> bool:
    """Say whether it stops everybody."""
    return not halt.get("sessions") and not halt.get("scopes")


def stops_session(halt: dict[str, Any], ids: Collection[str]) -> bool:
    """Say whether it stops a session in whatever it does. `ids` are the session's own and those of its ancestors."""
    return stops_everybody(halt) or any(name in ids for name in halt.get("sessions", ()))


def stops_path(halt: dict[str, Any], path: str) -> bool:
    """Say whether it stops the work on a file. Raises `ValueError` where the record is damaged."""
    return any(_covers(scope, path) for scope in halt.get("scopes", ()))


def stops_change(halt: dict[str, Any], mine: Callable[[], Collection[str]], paths: Iterable[str]) -> bool:
    """Say whether it stops a change of these paths. `mine` gives the ids of the session that changes them and of its
    ancestors, none where no session does; it is asked only where that matters. Raises `ValueError`.
    """
    if stops_everybody(halt) or any(stops_path(halt, path) for path in paths):
        return True
    return bool(halt.get("sessions")) and stops_session(halt, mine())


def _covers(scope: object, path: str) -> bool:
    if not isinstance(scope, dict) or len(scope) != 1:
        raise ValueError(f"{PATH} has a malformed scope")
    ((kind, text),) = scope.items()
    if not isinstance(text, str):
        raise ValueError(f"{PATH} has a malformed scope")
    if kind == "glob":
        encoded = (word.encode("utf-8", "surrogateescape") for word in (text, path))
        return glob.matches(*encoded)
    if kind == "name":
        return False
    above = folded(text)
    return above == "." or folded(path) == above or folded(path).startswith(above + "/")
