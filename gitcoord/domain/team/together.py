"""Which teams there are, for the board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.board.together import shared
from gitcoord.domain.team import record
from gitcoord.domain.wording import few
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.together import Together
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

NAMED = 5
"""Members that are named."""


def together(_: Workspace, state: State, me: Session | None) -> Iterator[Together]:
    """The teams: who is in them, in which role."""
    for team in record.every(state):
        named = [f"{printable(one.name)}{f' ({printable(one.role)})' if one.role else ''}" for one in team.members]
        seats = f"; nobody yet as {', '.join(map(printable, team.seats[:NAMED]))}" if team.seats else ""
        text = f"team {team.name}: {few(named, NAMED) or 'nobody'}{seats}"
        yield shared("team", team.name, text, [team.by, *(one.session for one in team.members)], me)
