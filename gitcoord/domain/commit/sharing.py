"""What of an index that several sessions share is one session's to commit, and what is left as it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain.commit import judging
from gitcoord.domain.session import beat
from gitcoord.domain.session import record as session
from gitcoord.errors.commit import NothingStaged, NotOfYourRole, NotToCommit
from gitcoord.guard import changes
from gitcoord.guard.claims import Claims
from gitcoord.guard.decision import decide
from gitcoord.guard.judge import Judge
from gitcoord.kernel import staging
from gitcoord.policy.ids import NOBODY, SessionId
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import covers, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.errors import CoordError
    from gitcoord.guard.decision import Decision
    from gitcoord.guard.judge import Objection
    from gitcoord.kernel.git import Git
    from gitcoord.kernel.staging import Change
    from gitcoord.ledger.state import State
    from gitcoord.policy.scope import Scope


@dataclass(frozen=True, slots=True)
class Left:
    """A staged path that was left as it is.

    `why` is 'held' (`session` claims it), 'unclaimed' (the rules want a claim that nobody has), 'forbidden' (`role`,
    that of the session that commits, does not allow it), 'touched' (`session`, which works in this worktree too, said
    that it touched it) or 'unnamed' (only named paths were asked for).
    """

    path: str
    session: SessionId
    name: str
    why: str
    role: str = ""

    def refusal(self, ends: str = "") -> CoordError:
        """Return the error for who names this path, or would end a merge or its like (`ends`) with it."""
        path = printable(self.path)
        if self.why == "forbidden":
            return NotOfYourRole(path, printable(self.role), ends)
        return NotToCommit(path, printable(self.name), self.session, ends)


def left_alone(
    workspace: Workspace,
    me: Session,
    copy: Git,
    staged: list[Change],
    named: tuple[Scope, ...],
    *,
    amends: bool = False,
) -> dict[str, Left]:
    """Return the staged paths that are not for `me` to commit.

    Own claims are for it. What nobody claims is, too, unless paths are `named` and this is none of them, or unless
    another session said that it touched it. Raises `Held`, `Forbidden` or `Usage` for a name that cannot be
    committed.
    """
    state = workspace.ledger.state()
    reader = judging.StateReader(state)
    existing = {change.path for change in staged if change.old.mode != staging.ABSENT}
    paths = [change.path for change in staged]
    before = changes.existing(copy, amends=True) if amends else existing
    change = judging.Change(workspace, reader, me, copy, lambda: before)
    decision = decide(reader, paths, change)
    left = _unallowed(decision)
    if left:
        decision = decide(reader, [path for path in paths if path not in left], change)
    found = decision.verdict
    if found is not None:  # None in a halt, too: then git's own hook refuses
        left |= {path: Left(path, NOBODY, "", "unclaimed") for path in found.unclaimed}
        for item in reversed(found.held):
            left[item.path] = _held(state, item)
    meant = [{path for path in paths if covers(scope, path, there=path in existing)} for scope in named]
    _check(zip(named, meant, strict=True), left)
    judge = Judge(Claims(reader), change.sessions(), change.mine)
    unclaimed = [path for path in paths if path not in left and not judge.own([path], lambda: before)]
    if named:
        others = [path for path in unclaimed if not any(path in several for several in meant)]
        return left | {path: Left(path, NOBODY, "", "unnamed") for path in others}
    return left | (_touched(workspace, state, me, unclaimed) if unclaimed else {})


def refused(workspace: Workspace, me: Session, copy: Git) -> Left | None:
    """Return a staged path for which the guard would refuse a commit of the whole index; None where it would not.

    None in a halt too: then git's own hook refuses.
    """
    state = workspace.ledger.state()
    reader = judging.StateReader(state)
    paths = changes.staged(copy, workspace.place.git_dir, changes.start(copy))
    decision = decide(reader, paths, judging.Change(workspace, reader, me, copy, lambda: changes.existing(copy)))
    found = decision.verdict
    if decision.beyond is not None:
        return next(iter(_unallowed(decision).values()))
    if found is None or not found.refuses:
        return None
    if found.held:
        return _held(state, found.held[0])
    return Left(found.unclaimed[0], NOBODY, "", "unclaimed")


def _held(state: State, item: Objection) -> Left:
    holder = SessionId(item.session)
    return Left(item.path, holder, session.called(state, holder), "held")


def _unallowed(decision: Decision) -> dict[str, Left]:
    """Return the paths that the role of the session does not allow it to commit."""
    beyond = decision.beyond
    return (
        {path: Left(path, NOBODY, "", "forbidden", beyond.role) for path in beyond.paths} if beyond is not None else {}
    )


def _check(named: Iterable[tuple[Scope, set[str]]], left: dict[str, Left]) -> None:
    """Raise `Held`, `Forbidden` or `Usage` where none of the paths that a name means can be committed."""
    for scope, meant in named:
        if not meant:
            raise NothingStaged(text_of([scope]))
        held = [left[path] for path in sorted(meant) if path in left]
        if held and len(held) == len(meant):
            raise held[0].refusal()


def _touched(workspace: Workspace, state: State, me: Session, paths: list[str]) -> dict[str, Left]:
    """Those of the paths that another living session of this worktree said it touched, and this one did not."""
    top = workspace.place.top
    beats = beat.every(workspace)
    own = _paths(top, beats[me.id].touched) if me.id in beats else set()
    found: dict[str, Left] = {}
    for other in session.every(state):
        if other.id not in beats or other.worktree != top or other.id == me.id or workspace.gone(other):
            continue
        for path in _paths(top, beats[other.id].touched).intersection(paths) - own:
            found[path] = Left(path, other.id, other.name, "touched")
    return found


def _paths(top: str, touched: Iterable[str]) -> set[str]:
    """Paths from the top, however they were said."""
    return {os.path.normpath(os.path.relpath(path, top) if os.path.isabs(path) else path) for path in touched}  # noqa: PTH117
