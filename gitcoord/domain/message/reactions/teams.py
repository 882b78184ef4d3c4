"""Who is told of teams: their members, when they are put into one and when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.message.notification import letter, post, to
from gitcoord.domain.reaction import Reaction
from gitcoord.domain.session import record as session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.domain.team.facts import Changed
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.event import Event


def _tell_members(workspace: Workspace, changed: Changed, _: Sequence[Event]) -> None:
    """Tell the members of a new team where to write to all of it."""
    _tell(workspace, changed, f"you are in team {changed.team}; write to all of it: team:{changed.team}")


def _tell_of_the_end(workspace: Workspace, changed: Changed, _: Sequence[Event]) -> None:
    """Tell those who were members that the team has ended."""
    _tell(workspace, changed, f"team {changed.team} has ended")


def _tell(workspace: Workspace, changed: Changed, text: str) -> None:
    state = workspace.ledger.state()
    readers = [session.read(state, name) for name in changed.members if name != changed.session]
    said = letter("team", text)
    post(workspace, changed.session, [(to(reader), said) for reader in readers if reader is not None])


REACTIONS = (Reaction("team", follow=_tell_members), Reaction("team-end", follow=_tell_of_the_end))
