"""What to do when somebody else claims a path: one wording for `claim`, `check` and the hooks.

Light: hooks use it.
"""

from __future__ import annotations

from gitcoord.errors.remedy import Remedy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

PERSON, AGENT = "30m", "90s"
"""How long to wait in line: the programs that run an agent's commands end those that take longer than two minutes."""

NAMED = 5
"""Scopes that a command in a hint repeats; with more of them it is long enough to be typed again."""


def wait(words: Sequence[str], *, agent: bool, shared: bool = False) -> Remedy:
    """Return how to wait in line for scopes, which are quoted for a shell already."""
    options = f"{'--shared ' if shared else ''}--wait {AGENT if agent else PERSON}"
    scopes = " ".join(words)
    dash = any(word.startswith("-") for word in words)
    again = f"claim {f'{options} -- {scopes}' if dash else f'{scopes} {options}'}"
    return Remedy("{}" if len(words) <= NAMED else f"to wait in line add {options} to the same command", again)


def ask(holder: str) -> Remedy:
    """Return what to do without waiting; `holder` is a session's id."""
    return Remedy("or ask: {}; or work on something else", f"send {holder} SUBJECT")
