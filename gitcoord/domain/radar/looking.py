"""One look of the radar: all work that is wanted, compared pair by pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain.radar import room, sides
from gitcoord.domain.radar.assessing import FORWARD, NOT_ASSESSED, Assessor, worse
from gitcoord.domain.radar.kept import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from gitcoord.domain.radar.kept import Pair
    from gitcoord.domain.radar.sides import Side, Sides
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class Compared:
    """Two works and how they merge; `second` may be the default branch."""

    first: Side
    second: Side
    verdict: Verdict

    def has(self, name: str) -> bool:
        """Whether one of them is of this session (its id)."""
        return self.first.has(name) or self.second.has(name)


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found: all work, every pair that was compared, and how many merges git was asked for.

    `late`: so many pairs are left for the next look.
    """

    sides: Sides
    pairs: list[Compared]
    merges: int = 0
    late: int = 0


def look(
    workspace: Workspace,
    state: State,
    wanted: Callable[[Side, Side], bool] = lambda _, __: True,
    *,
    uncommitted: bool = True,
    everything: bool = False,
    most: int | None = None,
    rebases: bool = False,
) -> Look:
    """Compare all pairs that are `wanted`; with `uncommitted` what is not committed in worktrees here, too.

    `everything`: branches on which nobody works, too. With `most` at most so many pairs are merged. With `rebases` the
    answer is that of `git rebase`, either of a pair on top of the other one, and each on the default branch.
    """
    found = sides.gather(workspace, state, everything=everything)
    pairs = list(_pairs(found, wanted))
    if not pairs:
        return Look(found, [])
    with room.opened(workspace) as directory:
        if uncommitted:
            completed = _completed(workspace, found, pairs, directory)
            if completed is not found:
                found, pairs = completed, list(_pairs(completed, wanted))
        assessor = Assessor(workspace, directory)
        return _rebased(assessor, found, pairs) if rebases else _compare(assessor, found, pairs, most)


def _completed(workspace: Workspace, found: Sides, pairs: list[tuple[Side, Side]], directory: Path) -> Sides:
    """The same with what is not committed in worktrees here; `found` itself where there are none."""
    concerned = {side.key for pair in pairs for side in pair if side.worktree}
    listed = [side for side in found.all if side.worktree and side.key in concerned]
    if not listed:
        return found
    seen = {side.key: side for side in sides.with_uncommitted(workspace, listed, directory)}
    return sides.Sides([seen.get(side.key, side) for side in found.all], found.trunk, found.cut)


def _pairs(found: Sides, wanted: Callable[[Side, Side], bool]) -> Iterator[tuple[Side, Side]]:
    """The pairs to compare, each work also with the default branch."""
    for number, side in enumerate(found.all):
        if found.trunk is not None and wanted(side, found.trunk):
            yield side, found.trunk
        for other in found.all[number + 1 :]:
            if wanted(side, other):
                yield side, other


def _rebased(assessor: Assessor, found: Sides, pairs: list[tuple[Side, Side]]) -> Look:
    from gitcoord.domain.radar.rebasing import Rebaser  # only where it is asked for

    def ways(first: Side, second: Side) -> list[Pair]:
        there = (second.commit, first.commit)
        return [there] if second is found.trunk else [there, there[::-1]]

    known = Rebaser(assessor).assess(way for pair in pairs if not _unseen(*pair) for way in ways(*pair))
    compared = []
    for first, second in pairs:
        why = _unseen(first, second)
        said = [Verdict(NOT_ASSESSED, why)] if why else [known[way] for way in ways(first, second)]
        compared.append(Compared(first, second, worse(said[0], said[-1])))
    return Look(found, compared, assessor.merges)


def _compare(assessor: Assessor, found: Sides, pairs: list[tuple[Side, Side]], most: int | None) -> Look:
    listed = [(first, second, _of(first, second), _unseen(first, second)) for first, second in pairs]
    verdicts = assessor.assess((pair for _, _, pair, why in listed if not why and pair[0] != pair[1]), most=most)
    compared, late = [], 0
    for first, second, pair, why in listed:
        if why:
            compared.append(Compared(first, second, Verdict(NOT_ASSESSED, why)))
        elif pair[0] == pair[1]:
            compared.append(Compared(first, second, FORWARD))
        elif pair in verdicts:
            compared.append(Compared(first, second, verdicts[pair]))
        else:
            late += 1
    return Look(found, compared, assessor.merges, late)


def _unseen(first: Side, second: Side) -> str:
    """Why two works cannot be compared, '' where they can."""
    return first.why or second.why


def _of(first: Side, second: Side) -> Pair:
    return (first.commit, second.commit) if first.commit <= second.commit else (second.commit, first.commit)


def collisions(pairs: Iterable[Compared]) -> list[Compared]:
    """Return the pairs that conflict."""
    return [one for one in pairs if one.verdict.verdict == "conflict"]
