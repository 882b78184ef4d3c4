"""What happened to teams, as the nouns that react to it are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass

if TYPE_CHECKING:
    from gitcoord.policy.ids import SessionId


@dataclass(frozen=True, slots=True)
class Changed:
    """A session (its id) made a team, or ended it; `members` are the ids of the others that are concerned."""

    session: SessionId
    team: str
    members: tuple[SessionId, ...]
