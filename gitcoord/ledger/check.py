"""Checking a ledger's commits: fold them anew and compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field
from gitcoord.kernel.objects import object_id
from gitcoord.kernel.treeformat import build
from gitcoord.ledger import sequence
from gitcoord.ledger.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.kernel.objects import Objects
    from gitcoord.ledger.commit import Commit
    from gitcoord.ledger.fold import Kinds
    from gitcoord.policy.ids import StoreOid

SCRATCH = 5_000
"""Objects that checking keeps in memory."""


@dataclass(slots=True)
class Checked:
    """What checking a ledger found.

    `good` is its newest commit that is not void, `tree` the true state there; `void` are the others, with why.
    """

    good: StoreOid
    tree: StoreOid
    void: dict[StoreOid, str] = field(default_factory=dict)


class Scratch:
    """Objects of which nothing is written: a fold into it costs no file, only its ids are wanted.

    What one commit put down the next one reads here.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._blobs: dict[StoreOid, bytes] = {}
        self._trees: dict[StoreOid, dict[str, tuple[str, str]]] = {}

    @property
    def full(self) -> bool:
        """Whether it is time for a new one."""
        return len(self._blobs) + len(self._trees) > SCRATCH

    def expect(self, oid: StoreOid, kind: str) -> bytes:
        """The content of an object that must be of this kind."""
        content = self._blobs.get(oid)
        return content if content is not None else self._objects.expect(oid, kind)

    def tree(self, oid: StoreOid) -> dict[str, tuple[str, str]]:
        """Entries of a tree."""
        entries = self._trees.get(oid)
        return entries if entries is not None else self._objects.tree(oid)

    def write(self, kind: str, content: bytes) -> StoreOid:
        """The id that the object would have."""
        oid = object_id(kind, content)
        self._blobs[oid] = content
        return oid

    def write_tree(self, entries: dict[str, tuple[str, str]]) -> StoreOid:
        """The id that the tree would have."""
        oid = object_id("tree", build(entries))
        self._trees[oid] = entries
        return oid


def check(objects: Objects, base: StoreOid, chain: Sequence[tuple[StoreOid, Commit]], kinds: Kinds) -> Checked:
    """Fold these ledger commits (oldest first) anew on the ledger `base`, which was checked before.

    One that does not verify is void: the state stays what it was before it, and stops nobody.
    """
    found = Checked(base, sequence.read_commit(objects, base).tree)
    scratch = Scratch(objects)
    state = State(scratch, found.tree)
    for oid, record in chain:
        reason = sequence.verify(objects, oid, record, kinds, state)
        if reason:
            found.void[oid] = reason
            state = State(scratch, found.tree)
        else:
            found.good, found.tree = oid, record.tree
        if scratch.full:
            scratch = Scratch(objects)
            state = State(scratch, found.tree)
    return found
