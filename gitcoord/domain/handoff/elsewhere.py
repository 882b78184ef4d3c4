"""The uncommitted work of a session of another clone, as far as it can be reached from here.

Its worktree may stand on this machine; it may have offered a snapshot, which is at the hub then. All other snapshots
stay in the clone in which they were taken: then it is said where the work is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.handoff import handed, record
from gitcoord.domain.snapshot import keeping
from gitcoord.errors.remedy import Remedy, join, step
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.domain.call import Call
    from gitcoord.domain.handoff.record import Offer
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.snapshot.shelf import Kept
    from gitcoord.ledger.state import State


def find(call: Call, state: State, me: Session, victim: Session) -> Kept | None:
    """Return the uncommitted work of a session of another clone: what stands in its worktree, or what it offered last.

    Where neither can be reached a warning says where it is.
    """
    there = keeping.reach(call, victim)
    if there is not None:
        return keeping.keep_there(call, me, there, f"adopted from {victim.id}").kept
    offer = _last_offer(state, victim.id)
    found = handed.fetch(call, offer) if offer is not None else None
    if found is None:
        call.warnings.append(_unreachable(me, victim))
    else:
        call.warnings.append(
            f"the uncommitted work is what {printable(victim.name)} offered last; what it did since stands in"
            f" {_place(victim)}"
        )
    return found


def _last_offer(state: State, giver: str) -> Offer | None:
    """Return the newest offer of a session that has a snapshot and that nobody accepted."""
    every = (*record.standing(state), *record.over(state))
    offers = [one for one in every if one.giver == giver and one.snapshot and one.status != "accepted"]
    return max(offers, key=lambda one: one.made, default=None)


def _unreachable(me: Session, victim: Session) -> str:
    left = f"what {printable(victim.name)} did not commit did not come along, since it is in another clone:"
    hint = Remedy("; whoever is there hands it over with: {}", step("handoff offer", me.id))
    return join("", f"{left} {_place(victim)}", hint)


def _place(victim: Session) -> str:
    return f"{printable(victim.worktree or 'its worktree')} on {printable(victim.host or 'another machine')}"
