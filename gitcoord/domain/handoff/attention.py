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

SHOWN = 80
"""Characters of a context that the board shows."""


def attention(workspace: Workspace, state: State, me: Session | None) -> Iterator[Attention]:
    """The offers that stand and are for this session, or for whoever comes."""
    now = workspace.clock.now()
    for offer in record.standing(state):
        if offer.until < now or me is None or not apply.is_for(state, offer, me):
            continue
        who = printable(session.called(state, offer.giver))
        about = f": {printable(offer.context.strip().partition(chr(10))[0])[:SHOWN]}" if offer.context.strip() else ""
        text = (
            f"{who} offers {'you' if offer.to else 'whoever comes'} work{about} ({duration.show(now - offer.made)} ago)"
        )
        hint = Remedy("{}", f"handoff accept {offer.id[:8]}")
        yield finding("offered", text, hint, mine=bool(offer.to), sessions=[offer.giver])
