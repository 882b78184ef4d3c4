"""Logs with more words than a command should wait for: they go to the hub by themselves, outside the hub lock.

A push of the ledger carries the logs that it merges. What is large travels before, so that no such push waits for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.errors import Unreadable
from gitcoord.ledger import position, sequence

if TYPE_CHECKING:
    from gitcoord.kernel.objects import Objects
    from gitcoord.policy.ids import SessionId
    from gitcoord.sync.agree import Agreement

LOG = "/log"
"""The end of the name of a log's ref."""

LARGE = 256 << 10
"""Bytes of events that a log may have beyond what the hub has, and go there with everything else."""


def is_large(objects: Objects, tip: str, *known: str) -> bool:
    """Whether the events of a log up to `tip`, down to one of those that are `known` at the hub, are large together."""
    size, oid = 0, tip
    try:
        while oid and oid not in known and size <= LARGE:
            size += len(objects.expect(oid, "commit"))
            oid = sequence.read_event(objects, oid).parent
    except Unreadable:
        return False  # whoever pushes it finds out
    return size > LARGE


def unsent(agreement: Agreement) -> dict[SessionId, str]:
    """Return the logs of this clone that are large beyond what the hub is known to have, each with its tip."""
    if agreement.read_only:
        return {}
    state, ledger, aside = agreement.confirmed(), agreement.ledger, agreement.left_out()
    there = ledger.store.refs.list(f"{agreement.hub.incoming}/sessions/")
    found = {}
    for session, tip in ledger.logs().items():
        known = there.get(f"{agreement.hub.incoming}/sessions/{session}{LOG}", ""), position.read(state, session).tip
        if session not in aside and tip not in known and is_large(ledger.store.objects, tip, *known):
            found[session] = tip
    return found
