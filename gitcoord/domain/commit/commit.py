"""Commit what a session staged of its own, and nothing else of an index that it shares with others.

The index is copied, what others claim is put back in the copy to what HEAD has, and the user's own `git commit` runs on
the copy: hooks, editor, signature and all. The real index is written only where a hook changed what was staged.

In the middle of a merge, a cherry-pick or a revert there is no part of an index to commit: all of it is committed,
where the guard lets all of it pass, and git ends what is under way.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field
from gitcoord.domain.commit import sharing
from gitcoord.errors import Busy, GitFailed
from gitcoord.errors.commit import CommittedWhole, HeadMoved, NotApart, OthersCommit, RebaseUnderWay, Unmerged
from gitcoord.errors.remedy import typed
from gitcoord.errors.usage import Bare
from gitcoord.kernel import foreground, lock, revision, staging
from gitcoord.policy.ids import NO_OBJECT, Oid

if TYPE_CHECKING:
    from gitcoord.domain.commit.sharing import Left
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.git import Git
    from gitcoord.kernel.place import Place
    from gitcoord.kernel.staging import Change, Entry
    from gitcoord.policy.scope import Scope

MOST_TRIES = 5
"""How often it begins again because somebody else committed at the same moment."""

TURN = 20.0
"""How many seconds one waits until another `git coord commit` in this worktree, with its hooks, is done."""

_FORGOTTEN = 7 * 24 * 3600  # a copy of an index that is so old was left by a process that was killed

_REBASE = ("rebase-merge", "rebase-apply")


@dataclass(frozen=True, slots=True)
class Committed:
    """What was committed. `commit` is '' where nothing was: by `reason` 'git' git ended with `git_status`, by 'empty'
    it was not even run, without one only a dry run was asked for.

    `unsynced` are paths that a hook changed while the index could not be written: it still has them as they were.
    """

    session: str
    commit: str = ""
    paths: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    git_status: int = 0
    unsynced: list[str] = field(default_factory=list)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """Options for `git commit`, and what they mean; where git prints (a file descriptor).

    `paths` are those that were named: of what nobody claims only they are committed, all of it where none are.
    `may_be_empty`: nothing of one's own is enough. `attended`: an editor runs, so a person takes their time.
    """

    options: tuple[str, ...]
    paths: tuple[Scope, ...] = ()
    amend: bool = False
    may_be_empty: bool = False
    attended: bool = False
    stdout: int = 1


@dataclass(frozen=True, slots=True)
class _Plan:
    """The copy of the index as it will be committed. `base` is HEAD, '' before the first commit.

    `ends` is what the commit ends, such as 'merge'; '' for nothing.
    """

    copy: Git
    base: Oid
    base_tree: Oid
    own: list[Change]
    foreign: list[Change]
    left: list[Left]
    ends: str = ""


@dataclass(frozen=True, slots=True)
class _Made:
    """A commit, and what HEAD was when it was made ('' for nothing)."""

    commit: Oid
    before: Oid


def check_place(place: Place) -> None:
    """Whether one can commit here at all. Raises `Usage`: no work tree, or git is in the middle of a rebase."""
    if not place.top:
        raise Bare("index")
    if any(Path(place.git_dir, name).exists() for name in _REBASE):
        raise RebaseUnderWay()


def commit(workspace: Workspace, me: Session, request: Request) -> Committed:
    """Commit what `me` staged of its own and what nobody claims.

    Raises `Usage` for an unmerged path, `Busy` where others never stop to change index or HEAD.
    """
    copy = workspace.place.coord_dir / f"index.{os.getpid()}"
    _sweep(workspace)
    with ExitStack() as stack:
        stack.callback(_remove, copy)
        if not request.attended:
            with suppress(Busy):  # then it begins again where the other one was faster
                stack.enter_context(lock.held(_turns(workspace.place), TURN))
        for _ in range(MOST_TRIES):
            plan = _prepare(workspace, me, request, copy)
            if not plan.own and not request.may_be_empty and not plan.ends:
                return Committed(me.id, left=plan.left, reason="empty")
            done = _attempt(workspace, me, request, plan)
            if done is not None:
                return done
    raise OthersCommit()


def _turns(place: Place) -> Path:
    """The lock of this worktree: linked ones have different names already."""
    git_dir = Path(place.git_dir)
    name = f"worktree-{git_dir.name}" if git_dir.parent.name == "worktrees" else "main"
    return place.coord_dir / f"commit-{name}.lock"


def _remove(copy: Path) -> None:
    copy.unlink(missing_ok=True)
    copy.with_name(copy.name + ".lock").unlink(missing_ok=True)


def _sweep(workspace: Workspace) -> None:
    for old in workspace.place.coord_dir.glob("index.*"):
        try:
            if workspace.clock.now() - old.stat().st_mtime > _FORGOTTEN:
                old.unlink()
        except OSError:
            continue  # gone already, or not ours to remove


def _prepare(workspace: Workspace, me: Session, request: Request, file: Path) -> _Plan:
    """Copy the index and take out of the copy what is not this session's to commit."""
    place = workspace.place
    base = staging.copy(place, file)
    copy = staging.git_with(place, file)
    tree = base or staging.EMPTY_TREES[place.object_format]
    changes = staging.staged(copy, tree)
    ends = staging.under_way(place)
    if ends:
        _check_whole(workspace, me, request, copy, ends)
    amends = request.amend
    refused = {} if ends else sharing.left_alone(workspace, me, copy, changes, request.paths, amends=amends)
    own = [change for change in changes if change.path not in refused]
    foreign = [change for change in changes if change.path in refused]
    unmerged = [change.path for change in own if change.unmerged]
    if unmerged:
        raise Unmerged(unmerged[0])
    if foreign:
        staging.put(copy, [(change.raw, change.old) for change in foreign])
        if staging.staged(copy, tree) != own:
            raise NotApart(own[0].path if own else foreign[0].path, foreign[0].path)
    return _Plan(copy, base, tree, own, foreign, [refused[change.path] for change in foreign], ends)


def _check_whole(workspace: Workspace, me: Session, request: Request, copy: Git, ends: str) -> None:
    """Whether all of an index may be committed. Raises `Held` or `Forbidden`, and `Usage` for paths that are named."""
    if request.paths:
        raise CommittedWhole(ends)
    left = sharing.refused(workspace, me, copy)
    if left is not None:
        raise left.refusal(ends)


def _attempt(workspace: Workspace, me: Session, request: Request, plan: _Plan) -> Committed | None:
    """Run git on the copy; None to begin again, since somebody else committed between.

    Then ours is taken back, if git made it at all: the guard, or git itself, may have seen that HEAD is another.
    """
    place = workspace.place
    log = Path(place.git_dir, "logs", "HEAD")
    seen = log.stat().st_size if log.exists() else 0
    env = {
        **place.environ,
        "GIT_INDEX_FILE": plan.copy.env["GIT_INDEX_FILE"],
        "GIT_COORD_SESSION": me.id,
    }
    # A gc would take the copy for the index, and what others staged for garbage.
    args = ["-c", "maintenance.auto=false", "commit", *request.options]
    status = foreground.run(args, env, place.cwd, stdout=request.stdout)
    if status != 0:
        if not request.attended and staging.head(place) != plan.base:
            return None
        return Committed(me.id, left=plan.left, git_status=status, reason="git")
    made = _find(place, request, plan, log, seen)
    if made is None:  # --dry-run and its kin
        return Committed(me.id, left=plan.left)
    if made.before != plan.base:
        _take_back(place, made, plan.ends)
        return None
    changed = staging.between(plan.copy, plan.base_tree, made.commit)
    unsynced = _sync(place, plan, made.commit, changed)
    paths = sorted(change.path for change in changed)
    return Committed(me.id, made.commit, paths, plan.left, unsynced=unsynced)


def _find(place: Place, request: Request, plan: _Plan, log: Path, seen: int) -> _Made | None:
    """The commit that git made of the copy: HEAD may have gone on since, and may have moved before git looked."""
    tree = plan.copy.text("write-tree")
    for old, new in _moves(log, seen):
        if new.strip("0") and revision.tree(place.git, new) == tree:
            return _Made(new, old if old.strip("0") else NO_OBJECT)
    head = staging.head(place)
    if head == plan.base:  # an amend that changed nothing, within one second, is the same commit
        return _Made(head, head) if request.amend and head else None
    if log.exists() or not head:
        return None
    # No reflog here: only the parents can tell.
    behind = [f"^{plan.base}"] if plan.base else []
    for made in revision.listed(place.git, "--topo-order", "-n", "20", head, *behind):
        if revision.tree(place.git, made) == tree:
            parents = _parents(place, made)
            if request.amend:
                return _Made(made, plan.base if parents == _parents(place, plan.base) else NO_OBJECT)
            return _Made(made, parents[0] if parents else NO_OBJECT)
    return None


def _parents(place: Place, commit: Oid) -> list[Oid]:
    return [Oid(name) for name in place.git.text("rev-parse", f"{commit}^@").split()]


def _moves(log: Path, seen: int) -> list[tuple[Oid, Oid]]:
    """How HEAD moved since its reflog was `seen` bytes long, newest first: from, to."""
    try:
        content = log.read_bytes()
    except FileNotFoundError:
        return []
    fresh = content[seen:] if len(content) >= seen else content
    moves = [line.split(b" ", 2)[:2] for line in fresh.splitlines()]
    return [(Oid(move[0].decode()), Oid(move[1].decode())) for move in reversed(moves) if len(move) == 2]


def _take_back(place: Place, made: _Made, ends: str) -> None:
    """Move HEAD back from a commit that was made on another HEAD than its index: it would undo somebody's commit.

    Not where it ended a merge or its like, which would be lost. Raises `Busy` where it stays.
    """
    if made.before and not ends:
        args = ["update-ref", "-m", f"{typed('commit')}: begin again", "HEAD", made.before, made.commit]
        if place.git.ask(*args)[0] == 0:
            return
    raise HeadMoved(made.commit[:12])


def _sync(place: Place, plan: _Plan, made: Oid, changed: list[Change]) -> list[str]:
    """Give the real index what a hook changed on the way, where it still has what was copied; returns what failed."""
    copied = {change.raw: change for change in plan.own}
    foreign = {change.raw for change in plan.foreign}
    committed = {change.raw: change for change in changed}
    wanted: dict[bytes, tuple[Entry, Entry]] = {}
    for raw in {*copied, *committed} - foreign:
        # Not staged before: the index had what HEAD had. Not in the commit: a hook put it back to what HEAD had.
        before = copied[raw].new if raw in copied else committed[raw].old
        after = committed[raw].new if raw in committed else copied[raw].old
        if before != after:
            wanted[raw] = before, after
    if not wanted:
        return []
    real = staging.git_with(place, staging.path_of(place))
    now = {change.raw: change.new for change in staging.staged(real, made)}
    due = {raw: after for raw, (before, after) in wanted.items() if now.get(raw) == before}
    try:
        staging.put(real, due.items())
    except GitFailed:
        return sorted(staging.normal(raw) for raw in due)
    return []
