"""Snapshots that were handed over: each has a ref of its own, which goes to the hub, until its offer is a day over.

The ref is named by the snapshot's commit. So the uncommitted work gets to a taker in another clone, and no push of the
ledger carries it. All other snapshots stay in their clone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.handoff import record
from gitcoord.domain.snapshot import choosing, shelf
from gitcoord.errors.remedy import Remedy
from gitcoord.kernel import uncommitted
from gitcoord.kernel.refname import COORD
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.policy import size
from gitcoord.policy.ids import RefName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.call import Call
    from gitcoord.domain.handoff.record import Offer
    from gitcoord.domain.snapshot.shelf import Kept
    from gitcoord.ledger.ledger import Ledger
    from gitcoord.ledger.state import State

REFS = f"{COORD}/handed"
"""Below it each snapshot that is handed over has a ref."""

AFTER = 24 * 3600
"""Seconds for which it is kept after the end of its offer: whoever accepted it may be away."""


def _ref(kept: Kept) -> RefName:
    return RefName(f"{REFS}/{kept.id}")


def give(call: Call, kept: Kept) -> None:
    """Let a snapshot that is offered go to the hub, at once where that is possible."""
    workspace = call.workspace
    with workspace.ledger.writing():
        known = workspace.ledger.store.refs.read(_ref(kept))
        if known == ABSENT:
            workspace.ledger.move([Update(_ref(kept), kept.id, ABSENT)])
    if workspace.agreement.status != "none" and not workspace.agreement.hand_over():
        call.warnings.append(Remedy("the uncommitted work is not at the hub yet: {} brings it there", "sync"))


def fetch(call: Call, offer: Offer) -> Kept | None:
    """Return the snapshot of an offer, from the hub where it is not here; None where neither has it.

    One that is larger than `coord.snapshotMax` allows stays where it is, which is a warning.
    """
    workspace = call.workspace
    found = next((kept for kept in shelf.every(workspace) if kept.id == offer.snapshot), None)
    if found is not None or not offer.snapshot or not workspace.agreement.receive(offer.snapshot):
        return found
    found = shelf.read(workspace, offer.snapshot)
    if found is None:
        call.warnings.append(f"what the hub has as snapshot {offer.snapshot[:12]} is damaged: it is not taken")
        return None
    most = size.parse(workspace.place.setting("coord.snapshotmax", choosing.MOST))
    entries = [entry.oid for version in found.content.versions for entry in version.entries()]
    total = sum(uncommitted.sizes(workspace.place.store_git, entries).values())
    if total > most:
        said = f"the uncommitted work ({size.show(total)}) is larger than coord.snapshotMax"
        call.warnings.append(f"{said}: it is not taken")
        return None
    shelf.keep(workspace, offer.giver, found.id)
    return found


def over(state: State, names: Iterable[str], now: int) -> list[str]:
    """Return which of these snapshots no offer needs."""
    offers = [*record.standing(state), *record.over(state)]
    needed = {
        offer.snapshot for offer in offers if offer.snapshot and (offer.status == "open" or offer.closed > now - AFTER)
    }
    return [name for name in names if name not in needed]


def drop(ledger: Ledger, names: Iterable[str]) -> None:
    """Delete the refs of these snapshots here."""
    with ledger.writing():
        here = ledger.store.refs.list(f"{REFS}/")
        gone = [Update(ref, ABSENT, oid) for ref, oid in here.items() if ref.rpartition("/")[2] in set(names)]
        if gone:
            ledger.move(gone)
