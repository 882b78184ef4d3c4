"""What the board says of handoffs: offers that this session may accept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.board.attention import finding
from gitcoord.domain.handoff import apply, record
from gitcoord.domain.session import record as session
from gitcoord.errors.remedy import Remedy
from gitcoord.policy import duration
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.attention import Attention
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

TOLD = 24 * 3600
"""Seconds for which a giver is told that an offer has expired."""

SHOWN = 80
"""Characters of a context that the board shows."""


def attention(workspace: Workspace, state: State, me: Session | None) -> Iterator[Attention]:
    """The offers that are for this session, or for whoever comes, and its own that expired lately."""
    now = workspace.clock.now()
    for offer in record.standing(state):
        if me is not None and me.id == offer.giver and offer.until < now <= offer.until + TOLD:
            ago = duration.show(now - offer.made)
            text = f"nobody accepted in time what you offered {ago} ago: it is still yours"
            yield finding("offered", text, Remedy("{}", f"handoff show {offer.id[:8]}"), mine=True)
        if offer.until < now or me is None or not apply.is_for(state, offer, me):
            continue
        who = printable(session.called(state, offer.giver))
        about = f": {printable(offer.context.strip().partition(chr(10))[0])[:SHOWN]}" if offer.context.strip() else ""
        text = (
            f"{who} offers {'you' if offer.to else 'whoever comes'} work{about} ({duration.show(now - offer.made)} ago)"
        )
        hint = Remedy("{}", f"handoff accept {offer.id[:8]}")
        yield finding("offered", text, hint, mine=bool(offer.to), sessions=[offer.giver])
