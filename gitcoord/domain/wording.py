"""Words of answers that several nouns share. Text that others wrote is made harmless here."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from gitcoord.policy import duration
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

PROVISIONAL = "provisional until the hub confirms it"
"""Said of an answer that only this clone knows."""

SHOWN = 5
"""Of many alike, so many are named."""


def plural(count: int, noun: str) -> str:
    """`1 file`, `3 files`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def few(words: Sequence[str], most: int) -> str:
    """Return the first of some words, which are harmless, in a line: `a, b, c and 4 more`."""
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def quoted(words: Iterable[str]) -> str:
    """Words as a shell takes them, in one harmless line: what cannot be printed as bash writes it."""
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "\\'")
    return shlex.quote(word) if printable(word) == word else f"$'{printable(escaped)}'"


HOLDS = {"process": "its agent runs", "grace": "its holder may come back", "skew": "clocks may differ"}
"""Why a claim holds although its time is over (`Holding.kept`), in few words."""


def until(moment: Moment, now: int, clock: Callable[[Moment], str] = Moment.clock, kept: str = "") -> str:
    """`until 10:30 (24 min)`, or since when it has been over and why it still holds; `clock` writes the time."""
    left = duration.show(moment - now)
    if moment < now:
        left = f"over, but {HOLDS[kept]}" if kept in HOLDS else "over"
    return f"until {clock(moment)} ({left})"


def provisional(*, confirmed: bool) -> str:
    """Return what is added to an answer that the hub has not confirmed: `, provisional until ...`; else ''."""
    return "" if confirmed else f", {PROVISIONAL}"
