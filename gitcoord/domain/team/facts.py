"""What happened to teams, as the nouns that react to it are told."""

from __future__ import annotations

from gitcoord.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Changed:
    """A session (its id) made a team, or ended it; `members` are the ids of the others that are concerned."""

    session: str
    team: str
    members: tuple[str, ...]
