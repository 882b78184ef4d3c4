"""Whether what two sides changed can meet in a merge: the rule, from plain values.

Sides that change no path in common can still conflict: a file of one where the other one makes a directory, and a new
file in a directory that the other side renamed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Footprint:
    """The paths that a side changed, both sides of a rename among them; those that came, and those that went."""

    paths: frozenset[bytes]
    added: frozenset[bytes] = frozenset()
    deleted: frozenset[bytes] = frozenset()
    above: frozenset[bytes] = field(init=False)

    def __post_init__(self) -> None:
        """Keep the directories above all paths."""
        object.__setattr__(self, "above", frozenset(directories(self.paths)))


def directories(paths: Iterable[bytes]) -> set[bytes]:
    """Return the directories above these paths, without the root."""
    found: set[bytes] = set()
    for path in paths:
        at = path.rpartition(b"/")[0]
        while at and at not in found:
            found.add(at)
            at = at.rpartition(b"/")[0]
    return found


def common(first: Footprint, second: Footprint) -> set[bytes]:
    """Return the paths at which both changed something, or one a file and the other one the directory above it."""
    return {*(first.paths & second.paths), *(first.paths & second.above), *(second.paths & first.above)}


def maybe_renamed(mover: Footprint, other: Footprint) -> set[bytes]:
    """Return directories that `mover` may have renamed while `other` put something new in them.

    Git takes a directory for renamed where nothing of it is left: that is to be looked at yet.
    """
    if not mover.deleted or not mover.added or not other.added:
        return set()
    return directories(mover.deleted) & directories(other.added)
