"""What the board says of halts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.board.attention import few, finding
from gitcoord.domain.halt import concern, record
from gitcoord.domain.halt.view import SHOWN, all_of
from gitcoord.errors.remedy import Remedy
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.attention import Attention
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


def attention(workspace: Workspace, state: State, me: Session | None) -> Iterator[Attention]:
    """The halts that stand, for the board: who has not answered."""
    mine = {
        halt.id
        for halt in record.standing(state, workspace.clock.now())
        if me is not None and concern.concerns(state, halt, me)
    }
    for halt in all_of(workspace, state):
        late = [item for item in halt.missing if item.status != "gone"]
        named = f"; {few([item.name for item in late])} did not answer yet" if late else ""
        what = f"work of {few(halt.only)}" if halt.only else "all work"
        text = f"{printable(halt.name)} halted {what} at {halt.since.clock()}: {printable(halt.reason)[:SHOWN]}{named}"
        hint = Remedy("a person ends it with: {}", "resume")
        yield finding(
            "halted", text, hint, mine=halt.id in mine, sessions=[halt.session, *(item.session for item in late)]
        )
