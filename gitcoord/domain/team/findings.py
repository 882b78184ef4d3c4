"""What `doctor` says of teams: what is left of one whose making was killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.records import Finding
from gitcoord.domain.team import begun
from gitcoord.errors.remedy import Remedy, step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


def findings(workspace: Workspace, state: State) -> Iterator[Finding]:
    """Worktrees, branches and sessions that were made for a team which never came about."""
    for team, made in begun.left(workspace, state):
        said = f"the making of team {team} was killed; of it may be left: {', '.join(made)}"
        yield Finding("team", False, said, Remedy("{}", step("team end", team)))
