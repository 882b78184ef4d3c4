"""What this clone announced at the hub: whether what stands there under its id is its own.

An announcement is pushed with a lease on what stands there as far as this clone knows. What it never pushed is
another's that bears the same id: a copy's, or its own from before its disk was restored (docs/protocol.md, rule 29).
Where the record itself was lost, an announcement that has nothing beyond this clone's ledger is taken for its own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field
from gitcoord.errors import Unreadable
from gitcoord.kernel import coordfile, mark
from gitcoord.kernel.refs import ABSENT
from gitcoord.ledger import sequence
from gitcoord.policy import limits
from gitcoord.policy.ids import StoreOid
from gitcoord.sync import chains

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.kernel.objects import Objects

FILE = coordfile.ANNOUNCED

KEPT = 100
"""Announcements that are remembered: a hub that was restored shows an earlier one."""


@dataclass(slots=True)
class Announced:
    """The file `announced` of the coord directory, as far as it is about one id of this clone at one hub.

    `there` is what the hub has as far as is known, None where nothing is on record of that; `pushed` is what this clone
    ever pushed, the newest last: also what the hub did not acknowledge.
    """

    directory: Path
    hub: str
    clone: str
    there: StoreOid | None = None
    pushed: list[StoreOid] = field(default_factory=list)

    @classmethod
    def load(cls, directory: Path, hub: str, clone: str) -> Announced:
        """Return what is on record for this id at this hub; nothing where the file is missing or damaged."""
        hubs = _hubs(directory, clone)
        known = hubs.get(hub)
        known = known if isinstance(known, dict) else {}
        there, pushed = known.get("there"), known.get("pushed")
        return cls(
            directory,
            hub,
            clone,
            StoreOid(there) if isinstance(there, str) else None,
            [StoreOid(oid) for oid in pushed if isinstance(oid, str)] if isinstance(pushed, list) else [],
        )

    @property
    def lease(self) -> StoreOid:
        """The value that the hub must have for the next announcement to be taken."""
        return self.there or ABSENT

    def is_ours(self, value: StoreOid, objects: Objects, own: StoreOid) -> bool:
        """Return whether this clone pushed what the hub has under its id; an announcement that is gone is nobody's.

        Where nothing is on record of what stands there, it is ours if our ledger `own` has every operation that it has.
        """
        if value == ABSENT or value in self.pushed:
            return True
        return self.there is None and _has_all(objects, own, value)

    def trying(self, oid: StoreOid) -> None:
        """Put down what is about to be pushed: its answer may be lost."""
        if self.pushed[-1:] != [oid]:
            self.pushed = [*self.pushed, oid][-KEPT:]
            self._save()

    def found(self, value: StoreOid) -> None:
        """Put down what stands at the hub, and is this clone's or nobody's."""
        if value != self.there:
            self.there = value
            if value not in (ABSENT, *self.pushed):
                self.pushed = [value, *self.pushed]
            self._save()

    def _save(self) -> None:
        hubs = _hubs(self.directory, self.clone) | {self.hub: {"there": self.there, "pushed": self.pushed}}
        # what cannot be put down costs a new id at worst
        mark.put(self.directory / FILE, json.dumps({"clone": self.clone, "hubs": hubs}) + "\n")


def _has_all(objects: Objects, own: StoreOid, other: StoreOid) -> bool:
    """Return whether a ledger has every operation of another one; not where that one cannot be read."""
    try:
        fork = chains.fork_point(objects, other, own, limits.ANNOUNCED)
        return bool(fork) and _operations(objects, other, fork) <= _operations(objects, own, fork)
    except (Unreadable, ValueError, KeyError, TypeError):
        return False


def _operations(objects: Objects, tip: StoreOid, base: StoreOid) -> set[str]:
    chain = sequence.first_parents(objects, tip, base)
    return {item.id for _, record in chain for item in sequence.judged(record)}


def _hubs(directory: Path, clone: str) -> dict[str, object]:
    record = mark.record(directory / FILE)
    hubs = record.get("hubs")
    return hubs if record.get("clone") == clone and isinstance(hubs, dict) else {}
