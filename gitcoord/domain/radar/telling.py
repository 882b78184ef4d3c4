"""Whom a collision is told, and what was told already: each file of each pair once, until it is resolved.

What was told is a file of this clone; another clone that sees the same collision finds it in the message itself.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from gitcoord.dataclass import asdict
from gitcoord.domain import reaction, wording
from gitcoord.domain.radar import standing
from gitcoord.domain.radar.assessing import NOT_ASSESSED
from gitcoord.domain.radar.facts import Collides, Concerned
from gitcoord.domain.radar.standing import Standing
from gitcoord.kernel import mark
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gitcoord.domain.radar.looking import Compared, Look
    from gitcoord.domain.radar.sides import Side
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace

SHOWN = 3
MOST = 1000
"""Pairs that are remembered."""


def tell(
    workspace: Workspace,
    me: Session,
    look: Look,
    known: Callable[[str], bool],
    ignored: Callable[[str], bool],
    *,
    whole: bool = True,
) -> int:
    """Tell both sides of what collides since the last look; returns how many messages were sent.

    `known` says whether another clone said a thing (its key) already; `ignored` whether a path is never spoken of.
    `whole`: what is not committed was looked at; otherwise nothing is said of collisions in which it takes part.
    """
    before = standing.read(workspace)
    now = dict(before)
    concerned: list[Concerned] = []
    for one in look.pairs:
        if one.verdict.verdict == NOT_ASSESSED or not (one.first.sessions or one.second.sessions):
            continue
        pair = key(one)
        old = before.get(pair)
        if old is not None and old.unfinished and not whole:
            continue
        paths = [path for path in one.verdict.paths if not ignored(path)]
        if one.verdict.verdict != "conflict" or not paths:
            now.pop(pair, None)
            continue
        now[pair] = _standing(one, paths)
        new = [path for path in paths if old is None or path not in old.paths]
        concerned += _concerned(one, new, known) if new else []
    if now != before:
        kept = {pair: asdict(one) for pair, one in list(now.items())[-MOST:]}
        if not mark.put(workspace.place.coord_dir / standing.FILE, json.dumps(kept) + "\n"):
            return 0  # nobody is told again and again
        reaction.follow(workspace, "collision", Collides(me.id, concerned))
    return len(concerned)


def _standing(one: Compared, paths: list[str]) -> Standing:
    sides = (one.first, one.second)
    ids: list[list[str]] = [[item.id for item in side.sessions] for side in sides]
    return Standing(paths, ids, [side.branch for side in sides], any(side.uncommitted for side in sides))


def key(one: Compared) -> str:
    """Return what a pair is called from one look to the next."""
    return " | ".join(sorted((f"{one.first.key} {one.first.branch}", f"{one.second.key} {one.second.branch}")))


def _concerned(one: Compared, new: Sequence[str], known: Callable[[str], bool]) -> Iterator[Concerned]:
    for mine, other in ((one.first, one.second), (one.second, one.first)):
        for item in mine.sessions:
            about = _about(item.id, one, new)
            # What is not committed has no commit by which it is found again, and no other clone sees it.
            if one.first.uncommitted or one.second.uncommitted or not known(about):
                subject = f"{_what(mine)} conflicts with {_whose(other)} in {_few(new)}"
                yield Concerned(item, subject, about)


def _about(reader: str, one: Compared, new: Sequence[str]) -> str:
    """What a message is found by again: the same of the same commits, whichever clone says it."""
    commits = sorted((one.first.head, one.second.head))
    return "conflict-" + hashlib.sha256("\0".join((reader, *commits, *new)).encode(errors="replace")).hexdigest()[:24]


def _what(side: Side) -> str:
    return (
        f"your uncommitted work on {printable(side.branch)}" if side.uncommitted else f"your {printable(side.branch)}"
    )


def _whose(side: Side) -> str:
    """Name the other work in a sentence."""
    if not side.sessions:
        return printable(side.branch)
    names = " and ".join(printable(item.name) for item in side.sessions[:2])
    return f"{names} ({'uncommitted, ' if side.uncommitted else ''}{printable(side.branch)})"


def _few(paths: Sequence[str]) -> str:
    return wording.few([printable(path) for path in paths], SHOWN)
