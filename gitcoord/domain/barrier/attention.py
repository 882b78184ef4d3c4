"""What the board says of barriers: who is waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.barrier import record
from gitcoord.domain.barrier.view import shown, waited_for
from gitcoord.domain.board.attention import finding
from gitcoord.errors.remedy import Remedy, step
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.attention import Attention
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


def attention(workspace: Workspace, state: State, me: Session | None) -> Iterator[Attention]:
    """The open barriers, and who has not arrived; it is mine where this session is one of them."""
    for barrier in record.standing(state):
        item = shown(workspace, state, barrier)
        arrived = me is not None and any(one.session == me.id for one in item.arrivals)
        mine = me is not None and not arrived and record.need_for(state, barrier, me) is not None
        mine = mine and item.status == "open"
        text = f"barrier {printable(item.name)} waits for {waited_for(item)}"
        hint = Remedy("{}", step("barrier", item.name, "arrive")) if mine else ""
        if item.status == "expired":
            text = f"the time of barrier {printable(item.name)} is over; missing: {waited_for(item)}"
            hint = Remedy("{} takes it from the board", step("barrier", item.name, "cancel"))
        yield finding("barrier", text, hint, mine=mine, sessions=[one.session for one in item.missing if one.session])
