"""Logs with more words than a command should wait for: they go to the hub by themselves, outside the hub lock.

A push of the ledger carries the logs that it merges. What is large travels before, so that no such push waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.errors import Unreadable
from gitcoord.kernel import coordfile
from gitcoord.ledger import position, sequence
from gitcoord.policy.ids import NO_OBJECT
from gitcoord.sync import owed

if TYPE_CHECKING:
    from collections.abc import Collection

    from gitcoord.kernel.objects import Objects
    from gitcoord.policy.ids import SessionId, StoreOid
    from gitcoord.sync.agree import Agreement

LOG = "/log"
"""The end of the name of a log's ref."""

LARGE = 256 << 10
"""Bytes of events that a log may have beyond what the hub has, and go there with everything else."""

HEAVY = 1 << 20
"""Bytes of events of all logs that a claim may have to carry; it does not wait for more."""

FIRST = "long texts that were written while the hub was away go there first"
"""Said where a claim is provisional for that."""


def is_large(objects: Objects, tip: StoreOid, *known: StoreOid) -> bool:
    """Whether the events of a log up to `tip`, down to one of those that are `known` at the hub, are large together."""
    return _size(objects, tip, known, LARGE) > LARGE


def _size(objects: Objects, tip: StoreOid, known: Collection[StoreOid], most: int) -> int:
    """Return the bytes of those events, as far as it takes to know that they are more than `most`."""
    size, oid = 0, tip
    try:
        while oid and oid not in known and size <= most:
            size += len(objects.expect(oid, "commit"))
            oid = sequence.read_event(objects, oid).parent
    except Unreadable:
        return 0  # whoever pushes it finds out
    return size


def is_heavy(agreement: Agreement) -> bool:
    """Whether so much piled up while the hub was away that nobody should wait for a push that carries it.

    Asked at each push, so it looks only where the hub was away, or is owed something.
    """
    directory = agreement.ledger.store.directory
    if not owed.is_noted(directory) and not (directory / coordfile.HUB_AWAY).exists():
        return False
    return sum(size for _, size in _beyond(agreement, HEAVY).values()) > HEAVY


def unsent(agreement: Agreement) -> dict[SessionId, StoreOid]:
    """Return the logs of this clone that are large beyond what the hub is known to have, each with its tip."""
    return {session: tip for session, (tip, size) in _beyond(agreement, LARGE).items() if size > LARGE}


def _beyond(agreement: Agreement, most: int) -> dict[SessionId, tuple[StoreOid, int]]:
    """Return the logs of this clone that have more than the hub is known to have: tip and that size (`_size`)."""
    if agreement.read_only:
        return {}
    state, ledger, aside = agreement.confirmed(), agreement.ledger, agreement.left_out()
    there = ledger.store.refs.list(f"{agreement.hub.incoming}/sessions/")
    found = {}
    for session, tip in ledger.logs().items():
        known = (
            there.get(agreement.hub.arrived(f"sessions/{session}{LOG}"), NO_OBJECT),
            position.read(state, session).tip,
        )
        if session not in aside and tip not in known:
            found[session] = tip, _size(ledger.store.objects, tip, known, most)
    return found
