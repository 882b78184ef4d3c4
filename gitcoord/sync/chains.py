"""Chains: what a ledger has beyond another, in the order in which its clone saw it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.errors import Unreadable
from gitcoord.ledger import sequence
from gitcoord.policy import limits
from gitcoord.policy.ids import NO_OBJECT

if TYPE_CHECKING:
    from gitcoord.kernel.objects import Objects
    from gitcoord.ledger.event import Event
    from gitcoord.policy.ids import StoreOid

LONGEST = 200_000
"""Ledger commits walked before two ledgers count as strangers."""


def fork_point(objects: Objects, one: StoreOid, other: StoreOid, most: int = LONGEST) -> StoreOid:
    """The newest commit that both first-parent chains have, '' where they have none in common.

    Of `one` only the `most` newest commits are looked at.

    Both are walked back in turns, so that it costs the distance to the fork and not the length of the ledgers.
    """
    seen: tuple[dict[StoreOid, None], dict[StoreOid, None]] = ({}, {})
    at = [one, other]
    for _ in range(LONGEST):
        for side in (0, 1):
            oid = at[side]
            if not oid:
                continue
            seen[side][oid] = None
            if oid in seen[1 - side]:
                return oid
            at[side] = NO_OBJECT if side == 0 and len(seen[0]) >= most else sequence.read_commit(objects, oid).before
        if not at[0] and not at[1]:
            return NO_OBJECT
    return NO_OBJECT


def beyond(objects: Objects, tip: StoreOid, base: StoreOid) -> list[Event]:
    """The events that a ledger merged after `base` ('' for all), in its order.

    Raises `Unreadable` where a commit cannot be read; what came before it is lost with it, so callers who do not trust
    the ledger use `announced`.
    """
    events: list[Event] = []
    chain = sequence.first_parents(objects, tip, base)
    void = {oid for _, record in chain for oid in sequence.voided(record)}
    for oid, record in reversed(chain):
        if record.parents and oid not in void:
            events += sequence.merged(objects, sequence.load(objects, record.parents[0]), record)
    return events


def announced(objects: Objects, tip: StoreOid, base: StoreOid) -> list[Event] | None:
    """The chain that another clone announced: its events beyond `base` up to the first that cannot be read.

    None where it is not a chain: it has another root, or is longer than the schema allows.
    """
    events: list[Event] = []
    try:
        fork = fork_point(objects, tip, base, limits.ANNOUNCED)
        if not fork:
            return None
        for _, record in reversed(sequence.first_parents(objects, tip, fork)):
            events += sequence.merged(objects, sequence.load(objects, record.parents[0]), record)
    except (Unreadable, ValueError, KeyError, TypeError):
        pass  # hostile or torn: what was read stands, its author is told by doctor
    return events
