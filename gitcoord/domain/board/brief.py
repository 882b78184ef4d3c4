"""The board in one line, for a prompt: it looks at this session alone, and loads little."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain import registry
from gitcoord.domain.board.attention import mine
from gitcoord.domain.claim import record as claim
from gitcoord.domain.history import feed
from gitcoord.domain.message.mailbox import Mailbox

if TYPE_CHECKING:
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace

COUNTED = 50
"""Unread messages are counted up to here: who never reads has thousands, and the board is to stay quick."""


@dataclass(frozen=True, slots=True)
class Short:
    """The board in one line: `claims` and `unread` are numbers, `attention` how much waits for this session.

    `more`: there is more unread than `unread`.
    """

    session: str
    name: str
    claims: int
    unread: int
    attention: int
    more: bool = False


def short(workspace: Workspace, me: Session | None) -> Short:
    """What a prompt has room for; looks at this session only."""
    if me is None:
        return Short("", "", 0, 0, 0)
    with feed.opened(workspace) as chronicle:
        state = workspace.ledger.state()
        unread = Mailbox(workspace, chronicle, state, me).newest_unread(COUNTED + 1)
        found = [
            *mine.expiring(workspace, state, me),
            *mine.requests(workspace, chronicle, state, me),
            *mine.waits(workspace, state, me),
            *registry.attention(workspace, state, me),
        ]
        held = sum(len(item.scopes) for item in claim.of(state, me.id))
        more, count = len(unread) > COUNTED, min(len(unread), COUNTED)
        return Short(me.id, me.name, held, count, sum(item.mine for item in found), more)
