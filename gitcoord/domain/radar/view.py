"""What the radar found, as answers have it and as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain import wording
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitcoord.domain.radar.looking import Compared
    from gitcoord.domain.radar.sides import Side

SHOWN = 5
"""Files of a pair that are named."""


@dataclass(frozen=True, slots=True)
class Work:
    """Work that was compared. `sessions` are ids, none for a branch on which nobody works; `names` are their names.

    `commit` is the last commit of it, `uncommitted` the number of files that are not committed. `where` is 'here',
    'pushed' or 'default'.
    """

    sessions: list[str]
    names: list[str]
    branch: str
    commit: str
    uncommitted: int
    where: str


@dataclass(frozen=True, slots=True)
class Collision:
    """Two works, and how they merge: 'conflict', 'clean' or 'not assessed', and `why` it was not.

    `files` conflict; `ignored` conflict, too, and nobody is told of them (`rules radar ignore`).
    """

    first: Work
    second: Work
    verdict: str
    why: str
    files: list[str]
    ignored: list[str]


@dataclass(frozen=True, slots=True)
class Conflicts:
    """The pairs that conflict or were not assessed; `clean` counts the others.

    `method` is how the pairs were merged. `merges` is how often git was asked, `told` how many messages were sent.
    """

    conflicts: list[Collision]
    not_assessed: list[Collision]
    clean: int
    method: str
    merges: int
    told: int


def work(side: Side) -> Work:
    """Return a work as answers have it."""
    ids: list[str] = [item.id for item in side.sessions]
    names = [item.name for item in side.sessions]
    return Work(ids, names, side.branch, side.head, side.uncommitted, side.where)


def collision(one: Compared, ignored: Sequence[str]) -> Collision:
    """Return a pair as answers have it."""
    files = [path for path in one.verdict.paths if path not in ignored]
    return Collision(work(one.first), work(one.second), one.verdict.verdict, one.verdict.why, files, list(ignored))


def lines(answer: Conflicts, me: str) -> Iterator[str]:
    """Tell what conflicts, a pair a line; `me` is the id of the session that asks."""
    for one in answer.conflicts:
        yield f"{called(one.first, me)} conflicts with {called(one.second, me)} in {few(one.files or one.ignored)}"
    reasons: dict[str, list[Collision]] = {}
    for one in answer.not_assessed:
        reasons.setdefault(one.why, []).append(one)
    for why, pairs in reasons.items():
        first = f"{called(pairs[0].first, me)} and {called(pairs[0].second, me)}"
        more = f" and {len(pairs) - 1} more" if len(pairs) > 1 else ""
        reason = "git could not merge them" if why == "failed" else printable(why)
        yield f"not assessed: {first}{more} ({reason})"
    clean = f"{answer.clean} pair{'s merge' if answer.clean != 1 else ' merges'} without a conflict"
    yield f"{clean}, which does not mean that the result works" if answer.clean else clean


def called(item: Work, me: str) -> str:
    """Name a work in a sentence."""
    unfinished = ", uncommitted" if item.uncommitted else ""
    branch = printable(item.branch)
    if not item.sessions:
        return branch
    names = ["you" if known == me else printable(name) for known, name in zip(item.sessions, item.names, strict=True)]
    return f"{' and '.join(names)} ({branch}{unfinished})"


def few(paths: Sequence[str]) -> str:
    """Name some of many files."""
    return wording.few([printable(path) for path in paths], SHOWN)
