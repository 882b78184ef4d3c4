"""What the board says of landing: branches that somebody keeps closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.board.attention import finding
from gitcoord.domain.land import line
from gitcoord.errors.remedy import Remedy, step
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.attention import Attention
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


def attention(workspace: Workspace, state: State, me: Session | None) -> Iterator[Attention]:
    """Branches in which nothing lands, since somebody claims them exclusively."""
    for one in line.every(workspace, state):
        closer = next((entry for entry in one.entries if entry.closed), None)
        if closer is None:
            continue
        own = me is not None and me.id == closer.session
        who = "you keep" if own else f"{printable(closer.name)} keeps"
        why = f": {printable(closer.what)}" if closer.what else ""
        scope = line.scope(one.branch).text
        hint = Remedy("{}", step("release", scope) if own else step("land", "--status", "--onto", one.branch))
        text = f"{who} {printable(one.branch)} closed{why}"
        yield finding("closed", text, hint, sessions=[closer.session], scopes=[scope])
