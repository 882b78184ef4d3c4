"""The collisions that were told and stand, as this clone has written them down. Light: prompts read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.kernel import coordfile, mark

if TYPE_CHECKING:
    from gitcoord.domain.workspace import Workspace

FILE = coordfile.COLLISIONS
"""What stands: for each pair the paths that collide."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A collision that was told: its paths, the sessions of either side and the branches.

    `unfinished`: work that was not committed takes part.
    """

    paths: list[str]
    sessions: list[list[str]]
    branches: list[str]
    unfinished: bool = False


def read(workspace: Workspace) -> dict[str, Standing]:
    """Return the collisions that were told, by pair."""
    found = {}
    for pair, kept in mark.record(workspace.place.coord_dir / FILE).items():
        try:
            paths, sessions = [str(path) for path in kept["paths"]], [list(map(str, ids)) for ids in kept["sessions"]]
            first, second = map(str, kept["branches"])
            if len(sessions) == 2:
                found[pair] = Standing(paths, sessions, [first, second], bool(kept["unfinished"]))
        except (KeyError, TypeError, ValueError):
            continue
    return found
