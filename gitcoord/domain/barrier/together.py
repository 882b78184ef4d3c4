"""Which barriers are open, for the board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.barrier import record
from gitcoord.domain.barrier.view import shown, waited_for
from gitcoord.domain.board.together import shared
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.together import Together
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


def together(workspace: Workspace, state: State, me: Session | None) -> Iterator[Together]:
    """The open barriers: how many have arrived, and who has not."""
    for barrier in record.standing(state):
        item = shown(workspace, state, barrier)
        if item.status != "open":
            continue
        came = len(item.arrivals)
        whole = came + len(item.missing)
        text = f"barrier {printable(item.name)}: {came} of {whole} have arrived, waits for {waited_for(item)}"
        ids = {item.by, *(one.session for one in item.arrivals), *(one.session for one in item.missing)}
        yield shared("barrier", item.name, text, filter(None, ids), me)
