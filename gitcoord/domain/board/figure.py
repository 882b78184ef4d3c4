"""What `metrics` shows of a noun's things that are begun and come to an end: tasks, requests, handoffs."""

from __future__ import annotations

import statistics
from collections import Counter
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Choice:
    """What is counted: what began at `since` (seconds) or later, of these sessions, of this type.

    `sessions` is None for all of them, `type` '' for any.
    """

    since: int = 0
    sessions: frozenset[str] | None = None
    type: str = ""

    def of(self, *sessions: str) -> bool:
        """Whether one of these sessions is meant."""
        return self.sessions is None or not self.sessions.isdisjoint(sessions)


@dataclass(frozen=True, slots=True)
class Life:
    """One thing: when it was begun, somebody responded and it ended, in seconds, 0 for not yet; how it ended."""

    begun: int
    responded: int = 0
    ended: int = 0
    how: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """Things of one kind: how many were begun, how many of them are open, and how the others ended, by word.

    `completion` is the share of those that are over which came to their good end; `response` is the median time until
    somebody responded, `length` that until the good end, in seconds. They are None where nothing did.
    """

    what: str
    count: int
    open: int
    ended: dict[str, int]
    completion: float | None
    response: float | None
    length: float | None


def of(what: str, lives: Iterable[Life], good: str) -> Figure:
    """Count things of one kind; `good` is the word for the good end."""
    found = list(lives)
    over: Mapping[str, int] = Counter(life.how for life in found if life.ended)
    ended = sum(over.values())
    return Figure(
        what,
        len(found),
        len(found) - ended,
        dict(sorted(over.items())),
        over.get(good, 0) / ended if ended else None,
        _median(life.responded - life.begun for life in found if life.responded),
        _median(life.ended - life.begun for life in found if life.how == good and life.ended),
    )


def _median(lengths: Iterable[int]) -> float | None:
    found = [max(0, length) for length in lengths]  # the clocks of two clones may differ
    return float(statistics.median(found)) if found else None
