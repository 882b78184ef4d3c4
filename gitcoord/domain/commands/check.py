"""Ask whether paths are free or one's own: before work, before a commit, and of commits, in CI."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.domain import claim, holding, session, verdict
from gitcoord.domain.makers import Makers
from gitcoord.domain.records import Conflict
from gitcoord.errors import CannotTell, Usage
from gitcoord.kernel import staging
from gitcoord.kernel.git import Git
from gitcoord.policy.scope import within

if TYPE_CHECKING:
    from gitcoord.domain.session import Session
    from gitcoord.domain.verdict import Verdict
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State
    from gitcoord.policy.scope import Scope

# As the guard asks: renames would hide their old side, and configuration could hide submodules or show a part only.
_EVERYTHING = ("--no-renames", "--ignore-submodules=none", "-z")
_STAGED = ("diff", "--cached", "--name-only", "--no-relative", *_EVERYTHING)
_COMMITTED = ("diff-tree", "--root", "-r", "-c", "--stdin", *_EVERYTHING)


@dataclass(frozen=True, slots=True)
class InCommit(Conflict):
    """A path that a commit changed and somebody else claims."""

    commit: str


@dataclass(frozen=True, slots=True)
class Checked:
    """How many paths (or scopes) were looked at, and which of them are another's.

    `unclaimed` are those that the rule require-claim wants claimed first.
    """

    paths: int
    conflicts: list[Conflict] = field(default_factory=list)
    unclaimed: list[str] = field(default_factory=list)


def scopes(workspace: Workspace, me: Session | None, wanted: tuple[Scope, ...]) -> Checked:
    """Whether one could claim these: what a gone session or a passed deadline left behind is in nobody's way."""
    state = workspace.ledger.state()
    obstacles = []
    for scope in wanted:
        shared = me is not None and _shares(state, me, scope)
        for obstacle in claim.in_the_way(state, me.id if me else "", [scope], shared=shared):
            standing = obstacle[1]
            item = claim.read(state, standing.session, standing.claim)
            holder = session.read(state, standing.session)
            if item is not None and holder is not None and not holding.over(workspace, item, holder):
                obstacles.append(obstacle)
    return Checked(len(wanted), holding.conflicts(workspace, state, obstacles))


def _shares(state: State, me: Session, scope: Scope) -> bool:
    """Whether one holds this with others already: then it is one's own."""
    mine = [item for holder in (me.id, *me.ancestors) for item in claim.of(state, holder)]
    return any(within(scope, outer) for item in mine for outer in item.scopes)


def staged(workspace: Workspace, me: Session | None) -> Checked:
    """What the guard would judge if all that is staged were committed now. Raises `Usage` in a bare repository."""
    place = workspace.place
    if not place.top:
        raise Usage("nothing can be staged in a bare repository", "name commits with: git coord check --range A..B")
    # In a hook git names the index in the environment.
    git = staging.git_with(place, staging.path_of(place))
    paths = _names(git.run(*_STAGED))
    for head in _merge_heads(place.git_dir):
        others = set(_names(git.run(*_STAGED, head)))
        paths = [path for path in paths if path in others]
    state = workspace.ledger.state()
    judge = verdict.Judge(workspace, state, me)
    old = set(_names(git.run(*_STAGED, "--diff-filter=a"))) if judge.require_claim else set()
    found = judge.look(paths, old)
    found.without(verdict.exempt(git, found.paths))
    held = {item.path for item in found.held}
    unclaimed = [path for path in found.unclaimed if path not in held]
    return Checked(len(paths), _conflicts(workspace, found), unclaimed)


def commits(workspace: Workspace, me: Session | None, text: str) -> Checked:
    """What the guard would judge if the commits `A..B` were pushed now, each against its parents.

    Raises `Usage` where that is no range of commits here, `CannotTell` where the history ends within it.
    """
    git, place = Git(workspace.place.environ, cwd=workspace.place.common_dir), workspace.place
    git = place.git if place.top else git
    names, tip = _range(workspace, git, text)
    changed = _changed(git, names)
    state = workspace.ledger.state()
    judge = verdict.Judge(workspace, state, me)
    looked = {commit: judge.look(changed.get(commit, ())) for commit in names}
    at_fault = {commit: found for commit, found in looked.items() if found.held}
    if at_fault:
        exempt = _exempt(workspace, tip, list(dict.fromkeys(path for one in at_fault.values() for path in one.paths)))
        for found in at_fault.values():
            found.without(exempt)
        Makers(git, state).permit(at_fault)
    conflicts: list[Conflict] = []
    for commit, found in at_fault.items():
        for told in _conflicts(workspace, found):
            conflicts.append(InCommit(told.scope, told.held, commit))
    return Checked(len({path for paths in changed.values() for path in paths}), conflicts)


def _range(workspace: Workspace, git: Git, text: str) -> tuple[list[str], str]:
    """The commits of a range, eldest first, and its end."""
    old, dots, new = text.partition("..")
    if not dots or new.startswith("."):
        raise Usage(f"not a range of commits: {text!r}", "it is written A..B: what B has and A has not")
    ends = []
    for name in (old or "HEAD", new or "HEAD"):
        status, out, _ = git.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if status != 0:
            raise Usage(f"{name!r} is no commit here", "fetch it first; in CI: a checkout with the whole history")
        ends.append(out.decode().strip())
    names = git.run("rev-list", "--reverse", "--topo-order", ends[1], f"^{ends[0]}").decode().split()
    try:
        cut = set(Path(workspace.place.common_dir, "shallow").read_text().split())
    except FileNotFoundError:
        cut = set()
    if cut.intersection(names):
        raise CannotTell(f"the history here ends within {text}", "fetch the rest: git fetch --unshallow")
    return names, ends[1]


def _changed(git: Git, names: list[str]) -> dict[str, list[str]]:
    """The paths that each commit changed; of a merge only those that differ from all of its parents."""
    found: dict[str, list[str]] = {}
    paths: list[str] = []
    fields = iter(git.run(*_COMMITTED, data="".join(f"{name}\n" for name in names).encode()).split(b"\0"))
    for item in fields:
        if item.startswith(b":"):  # modes and ids; a name follows
            paths.append(staging.normal(next(fields)))
        elif item:
            paths = found.setdefault(item.decode(), [])
    return found


def _exempt(workspace: Workspace, tip: str, paths: list[str]) -> set[str]:
    """What `.gitattributes` takes out of sight: as in the index; where there is none, as in the last commit."""
    place = workspace.place
    if place.top:
        return verdict.exempt(staging.git_with(place, staging.path_of(place)), paths)
    index = place.coord_dir / f"index.{os.getpid()}"
    git = Git(place.environ, git_dir=place.git_dir)
    git.env["GIT_INDEX_FILE"] = str(index)
    try:
        git.run("read-tree", tip)
        return verdict.exempt(git, paths)
    finally:
        index.unlink(missing_ok=True)


def _conflicts(workspace: Workspace, found: Verdict) -> list[Conflict]:
    """What is in the way, one claim for each path: the same work of the same session often holds a path twice."""
    signs = holding.Signs(workspace)
    first = list({(item.path, item.holder.id): item for item in reversed(found.held)}.values())[::-1]
    return [
        Conflict(item.path, holding.describe(workspace, item.claim, item.holder, item.scope, signs)) for item in first
    ]


def _names(out: bytes) -> list[str]:
    return [staging.normal(name) for name in out.split(b"\0") if name]


def _merge_heads(git_dir: str) -> list[str]:
    try:
        return Path(git_dir, "MERGE_HEAD").read_text().split()
    except FileNotFoundError:
        return []
