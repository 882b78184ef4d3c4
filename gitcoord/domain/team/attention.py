"""What the board says of teams: who of a team is gone, and which roles nobody bears yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.board.attention import few, finding
from gitcoord.domain.session import record as session
from gitcoord.domain.team import record
from gitcoord.errors.remedy import Remedy, step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.attention import Attention
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.team.record import Team
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId


def attention(workspace: Workspace, state: State, me: Session | None) -> Iterator[Attention]:
    """Teams with members that are gone or over, and with roles that nobody bears: for whoever made the team."""
    for team in record.every(state):
        mine = me is not None and me.id == team.by
        lost = [one for one in team.members if _is_lost(workspace, state, one.session)]
        if lost:
            names = few([f"{one.name} ({one.role})" if one.role else one.name for one in lost])
            hint = _hint(state, team, [one.session for one in lost])
            text = f"team {team.name} has lost {names}"
            yield finding("team", text, hint, mine=mine, sessions=[one.session for one in lost])
        if team.seats:
            hint = Remedy("{}", step("team join", team.name, "--role", team.seats[0]))
            yield finding("team", f"team {team.name} has nobody as {few(list(team.seats))} yet", hint, mine=mine)


def _hint(state: State, team: Team, lost: list[SessionId]) -> str:
    """Say what to do for members that are lost: adopt the first one that has not ended; end a team without members."""
    waiting = next((one for one in lost if session.read(state, one) is not None), "")
    if waiting:
        return Remedy("{}", step("adopt", waiting))
    return Remedy("{}", step("team end", team.name)) if len(lost) == len(team.members) else ""


def _is_lost(workspace: Workspace, state: State, session_id: SessionId) -> bool:
    living = session.read(state, session_id)
    return living is None or bool(workspace.gone(living))
