"""What is near to a task: the words and the paths that they share. Deterministic, each point told in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain.match import rank
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

PATH, WORD = 6, 2
"""Points for a path that overlaps one of the task's, and for each word in common."""

MOST_WORDS = 3
"""So many words in common count, and are named."""


@dataclass(frozen=True, slots=True)
class Interest:
    """What somebody is about to do: its words and its paths. Both are empty where nothing is known of it."""

    words: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether there is something to go by."""
        return bool(self.words or self.paths)


@dataclass(frozen=True, slots=True)
class Near:
    """How near something is, and why."""

    points: int = 0
    why: tuple[str, ...] = ()


def of_task(text: str, top: str = "", below: str = "") -> Interest:
    """Return what the description of a task is about; `top` and `below` as in `rank.wanted`."""
    asked = rank.wanted(text, top, below)
    return Interest(asked.words, asked.paths)


def of_work(texts: Iterable[str], paths: Iterable[str]) -> Interest:
    """Return what a session is about, by what it said and by the paths that it holds or touched."""
    own = tuple(dict.fromkeys(path for path in paths if path and ":" not in path))
    words = frozenset(word for text in texts for word in rank.words(text))
    return Interest(words, own)


def near(interest: Interest, text: str, scopes: Iterable[str] = ()) -> Near:
    """Return how near a text is, with the scopes (as answers name them) that it is about."""
    points, why = 0, []
    pairs = [(scope, path) for path in interest.paths for scope in scopes if scope and rank.meets(scope, path)]
    if pairs:
        scope, path = pairs[0]
        points += PATH
        why.append(f"on {named(path)}" if scope == path else f"{named(scope)} overlaps {named(path)}")
    common = sorted(rank.words(text) & interest.words)[:MOST_WORDS]
    if common:
        points += WORD * len(common)
        why.append(f"same word{'s' if len(common) > 1 else ''}: {', '.join(common)}")
    return Near(points, tuple(why))


_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:@+*")
_LONGEST = 60


def quoted(text: str, most: int = 200) -> str:
    """Return what another session wrote, in double quotes; what is longer than `most` characters is cut.

    In the quotes stands no further double quote, so nobody's words end before their end.
    """
    said = printable(text).replace('"', "'")
    return f'"{said if len(said) <= most else said[: most - 1] + "…"}"'


def named(text: str) -> str:
    """Return a name or a path as it is where it is short and of plain characters; quoted where it is not."""
    return text if text and len(text) <= _LONGEST and _PLAIN.issuperset(text) else quoted(text)
