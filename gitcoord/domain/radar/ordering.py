"""An order in which branches merge with few conflicts: greedy over pairs, so good, and not always the best."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from gitcoord.domain.radar import room
from gitcoord.domain.radar.assessing import Assessor
from gitcoord.errors import CoordError
from gitcoord.kernel import revision
from gitcoord.policy.ids import Oid, SessionId

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from gitcoord.domain.workspace import Workspace


def greedy(names: Sequence[str], conflicts: Collection[frozenset[str]]) -> list[str]:
    """Return the names so that each next one conflicts with the fewest before it, then with the fewest that are left.

    Among equals the order stays.
    """
    left, chosen = list(names), list[str]()
    while left:

        def cost(name: str) -> tuple[int, int]:
            before = sum(frozenset((name, other)) in conflicts for other in chosen)
            return before, sum(frozenset((name, other)) in conflicts for other in left)

        best = min(left, key=cost)
        left.remove(best)
        chosen.append(best)
    return chosen


def order(workspace: Workspace, commits: Mapping[SessionId, str]) -> list[SessionId]:
    """Return in which order to merge these commits, by name; [] where git cannot say of any pair.

    A pair that was not assessed counts as free of conflicts. A commit that this repository does not have comes last.
    """
    said = {name: Oid(oid) for name, oid in commits.items() if Oid.fits(oid)}
    here = set(revision.present(workspace.place.git, list(said.values())))
    known = {name: oid for name, oid in said.items() if oid in here}
    pairs = {
        frozenset(two): (min(known[two[0]], known[two[1]]), max(known[two[0]], known[two[1]]))
        for two in combinations(known, 2)
        if known[two[0]] != known[two[1]]
    }
    if not pairs:
        return []
    try:
        with room.opened(workspace) as directory:
            found = Assessor(workspace, directory).assess(pairs.values())
    except (CoordError, OSError):
        return []
    conflicts = {two for two, pair in pairs.items() if found[pair].verdict == "conflict"}
    best = [SessionId(name) for name in greedy(list(known), conflicts)]
    return [*best, *(name for name in commits if name not in known)]
