"""Chains: what a ledger has beyond another, in the order in which its clone saw it; and checking a ledger's commits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gitcoord.errors import Unreadable
from gitcoord.kernel.objects import object_id
from gitcoord.kernel.treeformat import build
from gitcoord.ledger import commit, sequence
from gitcoord.ledger.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.kernel.objects import Objects
    from gitcoord.ledger.commit import Commit
    from gitcoord.ledger.event import Event
    from gitcoord.ledger.fold import Kinds

LONGEST = 200_000
"""Ledger commits walked before two ledgers count as strangers."""


def fork_point(objects: Objects, one: str, other: str) -> str:
    """The newest commit that both first-parent chains have, '' where they have none in common.

    Both are walked back in turns, so that it costs the distance to the fork and not the length of the ledgers.
    """
    seen: tuple[dict[str, None], dict[str, None]] = ({}, {})
    at = [one, other]
    for _ in range(LONGEST):
        for side in (0, 1):
            oid = at[side]
            if not oid:
                continue
            seen[side][oid] = None
            if oid in seen[1 - side]:
                return oid
            at[side] = _first_parent(objects, oid)
        if not at[0] and not at[1]:
            return ""
    return ""


def _first_parent(objects: Objects, oid: str) -> str:
    parents = commit.decode(objects.expect(oid, "commit")).parents
    return parents[0] if parents else ""


def beyond(objects: Objects, tip: str, base: str) -> list[Event]:
    """The events that a ledger merged after `base` ('' for all), in its order.

    Raises `Unreadable` where a commit cannot be read; what came before it is lost with it, so callers who do not trust
    the ledger use `announced`.
    """
    events: list[Event] = []
    chain = sequence.first_parents(objects, tip, base)
    void = {value for _, record in chain for key, value in record.trailers if key == sequence.VOID}
    for oid, record in reversed(chain):
        if record.parents and oid not in void:
            events += sequence.merged(objects, sequence.load(objects, record.parents[0]), record)
    return events


def announced(objects: Objects, tip: str, base: str) -> list[Event]:
    """The chain that another clone announced: its events beyond `base` up to the first that cannot be read."""
    events: list[Event] = []
    try:
        fork = fork_point(objects, tip, base)
        if not fork:
            return []  # another root: a stranger's
        for _, record in reversed(sequence.first_parents(objects, tip, fork)):
            events += sequence.merged(objects, sequence.load(objects, record.parents[0]), record)
    except (Unreadable, ValueError, KeyError, TypeError):
        pass  # hostile or torn: what was read stands, its author is told by doctor
    return events


@dataclass(slots=True)
class Checked:
    """What checking a ledger found.

    `good` is its newest commit that is not void, `tree` the true state there; `void` are the others, with why.
    """

    good: str
    tree: str
    void: dict[str, str] = field(default_factory=dict)


class Scratch:
    """Objects of which nothing is written: a fold into it costs no file, only its ids are wanted."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._blobs: dict[str, bytes] = {}
        self._trees: dict[str, dict[str, tuple[str, str]]] = {}

    def expect(self, oid: str, kind: str) -> bytes:
        """The content of an object that must be of this kind."""
        content = self._blobs.get(oid)
        return content if content is not None else self._objects.expect(oid, kind)

    def tree(self, oid: str) -> dict[str, tuple[str, str]]:
        """Entries of a tree."""
        entries = self._trees.get(oid)
        return entries if entries is not None else self._objects.tree(oid)

    def write(self, kind: str, content: bytes) -> str:
        """The id that the object would have."""
        oid = object_id(kind, content)
        self._blobs[oid] = content
        return oid

    def write_tree(self, entries: dict[str, tuple[str, str]]) -> str:
        """The id that the tree would have."""
        oid = object_id("tree", build(entries))
        self._trees[oid] = entries
        return oid


def check(objects: Objects, base: str, chain: Sequence[tuple[str, Commit]], kinds: Kinds) -> Checked:
    """Fold these ledger commits (oldest first) anew on the ledger `base`, which was checked before.

    One that does not verify is void: the state stays what it was before it, and stops nobody.
    """
    found = Checked(base, commit.decode(objects.expect(base, "commit")).tree)
    for oid, record in chain:
        scratch = Scratch(objects)
        reason = sequence.verify(objects, oid, record, kinds, State(scratch, found.tree))
        if reason:
            found.void[oid] = reason
        else:
            found.good, found.tree = oid, record.tree
    return found
