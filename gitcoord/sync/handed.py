"""Snapshots that were handed over, to the hub and from it: outside the hub lock, like attached files."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from gitcoord.domain.handoff import handed
from gitcoord.domain.handoff.handed import REFS
from gitcoord.errors import Moved
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.sync.outcome import Outcome
from gitcoord.sync.transport import RefUpdate

if TYPE_CHECKING:
    from gitcoord.ledger.ledger import Ledger
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import RefName, StoreOid
    from gitcoord.sync.transport import Hub


def unsent(ledger: Ledger, hub: Hub) -> list[StoreOid]:
    """Return the snapshots that are to be at the hub and, as far as is known here, are not, by their commits."""
    sent = ledger.store.refs.list(f"{hub.incoming}/handed/")
    return [
        oid
        for ref, oid in ledger.store.refs.list(f"{REFS}/").items()
        if hub.arrived(f"handed/{ref.rpartition('/')[2]}") not in sent
    ]


def send(
    ledger: Ledger, hub: Hub, state: State, *, timeout: float | None = None, stall: float | None = None
) -> dict[RefName, str]:
    """Push the snapshots that offers name, and delete those that no offer needs; return each ref that stays, and why.

    Seconds: the push may take `timeout`, and pause for `stall`. `state` is what the hub confirmed, or the own one.
    """
    refs = ledger.store.refs
    own = {ref.rpartition("/")[2]: oid for ref, oid in refs.list(f"{REFS}/").items()}
    if not own:
        return {}
    over = handed.over(state, own, ledger.clock.now())
    due = [oid for oid in unsent(ledger, hub) if oid not in over]
    updates = [RefUpdate(hub.ref(f"handed/{oid}"), oid, onward=True) for oid in due]
    updates += [RefUpdate(hub.ref(f"handed/{oid}"), ABSENT) for oid in over]
    if not updates:
        return {}
    pushed = hub.push(updates, timeout=timeout, silence=hub.timeout, stall=stall)
    refused = {}
    for update in updates:
        if update.oid != ABSENT and pushed.of(update.ref) is not Outcome.PUSHED:
            refused[update.ref] = pushed.said or "the hub gave no reason"
        elif update.oid != ABSENT:
            with suppress(Moved):  # another process sent it, too
                refs.update([Update(hub.arrived(f"handed/{update.oid}"), update.oid, ABSENT)])
    if over:
        handed.drop(ledger, over)
        kept = {hub.arrived(f"handed/{oid}") for oid in over}
        there = {ref: oid for ref, oid in refs.list(f"{hub.incoming}/handed/").items() if ref in kept}
        with suppress(Moved):
            refs.update([Update(ref, ABSENT, oid) for ref, oid in there.items()])
    return refused
