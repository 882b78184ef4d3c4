"""Whose work is compared: of each session its branch with what is not committed on it, and the default branch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, replace
from gitcoord.domain import checkout
from gitcoord.domain.claim import record as claim
from gitcoord.domain.radar import working
from gitcoord.domain.session import record as session
from gitcoord.errors import CoordError
from gitcoord.kernel import branches
from gitcoord.kernel.refname import HEADS, REMOTES
from gitcoord.policy.ids import NO_OBJECT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.branches import Branches
    from gitcoord.kernel.git import Git
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import Oid

MOST_BRANCHES = 200
"""Branches on which nobody works that are compared, the newest first."""


@dataclass(frozen=True, slots=True)
class Side:
    """Work that will be merged.

    `sessions` are those whose it is: several where they share a worktree, none for a branch on which nobody works.
    `commit` is what is compared, `head` the last commit of it ('' for none); they differ where `uncommitted` (the
    number of files) is not 0. `where` is 'here', 'pushed' (as it was fetched last) or 'default' (the default branch).
    `why` says why it cannot be compared, '' where it can.
    """

    sessions: tuple[Session, ...]
    branch: str
    commit: Oid
    head: Oid
    where: str
    uncommitted: int = 0
    worktree: str = ""
    why: str = ""

    @property
    def key(self) -> str:
        """What it is called from one look to the next."""
        return self.sessions[0].id if self.sessions else f"{self.where} {self.branch}"

    def has(self, name: str) -> bool:
        """Whether it is the work of a session (its id)."""
        return any(item.id == name for item in self.sessions)


@dataclass(frozen=True, slots=True)
class Sides:
    """All work to compare; `trunk` is the default branch, None where there is none. `cut`: so many were left out."""

    all: list[Side]
    trunk: Side | None
    cut: int = 0


def gather(workspace: Workspace, state: State, *, everything: bool = False) -> Sides:
    """Return what is committed of the sessions that live; with `everything` of the branches of nobody, too."""
    remote = workspace.place.setting("coord.hub") or "origin"
    found = branches.look(workspace.place, remote)
    trunk = _trunk(found)
    sides: dict[tuple[str, str], Side] = {}
    for item in sorted(session.every(state), key=lambda item: item.id):
        side = _of_session(workspace, state, found, item)
        if side is not None:
            key = (side.worktree or item.id, side.branch)
            known = sides.get(key)
            sides[key] = replace(known, sessions=(*known.sessions, item)) if known is not None else side
    listed = list(sides.values())
    cut = 0
    if everything:
        more = _of_nobody(workspace.place.git, found, {side.branch for side in listed}, trunk)
        listed, cut = [*listed, *more[:MOST_BRANCHES]], max(0, len(more) - MOST_BRANCHES)
    return Sides(listed, trunk, cut)


def _trunk(found: Branches) -> Side | None:
    """The default branch: at the remote, where everybody's work goes, or else here."""
    refs = sorted(found.default, key=lambda ref: not ref.startswith(REMOTES))
    if not refs:
        return None
    name = refs[0].removeprefix(HEADS).removeprefix(REMOTES)
    tip = found.tips[refs[0]]
    return Side((), name, tip, tip, "default")


def _of_session(workspace: Workspace, state: State, found: Branches, item: Session) -> Side | None:
    """The work of a session; None where it has none that could be merged."""
    if not workspace.is_ours(item):
        branch = _said(state, item)
        if not branch or branch == "detached":
            return None
        tip = found.tips.get(f"{REMOTES}{found.remote}/{branch}", NO_OBJECT)
        return Side((item,), branch, tip, tip, "pushed", why="" if tip else "not pushed")
    entry = workspace.recorded(item.id)
    if entry is None or not Path(entry.worktree, "HEAD").exists():
        branch = _said(state, item)
        tip = found.tips.get(HEADS + branch, NO_OBJECT)
        return Side((item,), branch, tip, tip, "here") if tip else None
    branch = checkout.branch(workspace, entry.worktree)
    tip = found.tips.get(HEADS + branch) or working.head(workspace, entry.worktree)
    return Side((item,), branch, tip, tip, "here", worktree=item.worktree) if tip else None


def _said(state: State, item: Session) -> str:
    newest = max(claim.of(state, item.id), key=lambda one: one.since, default=None)
    return newest.branch if newest is not None and newest.branch else item.branch


def _of_nobody(git: Git, found: Branches, taken: set[str], trunk: Side | None) -> list[Side]:
    """The branches on which no session works and that are not merged, here or at the remote, the newest first."""
    merged = [f"--no-merged={trunk.commit}"] if trunk is not None else []
    listed = git.text("for-each-ref", "--sort=-committerdate", "--format=%(refname)", *merged, HEADS, REMOTES)
    default = {ref.removeprefix(HEADS).removeprefix(f"{REMOTES}{found.remote}/") for ref in found.default}
    sides, seen = [], {*taken, *default, "HEAD"}
    for ref in listed.splitlines():
        here = ref.startswith(HEADS)
        name = ref.removeprefix(HEADS) if here else ref.removeprefix(f"{REMOTES}{found.remote}/")
        if name not in seen and not name.startswith(REMOTES):
            seen.add(name)
            sides.append(Side((), name, found.tips[ref], found.tips[ref], "here" if here else "pushed"))
    return sides


def with_uncommitted(workspace: Workspace, sides: Iterable[Side], room: Path) -> list[Side]:
    """Return the sides with what is not committed in their worktrees, as commits among the objects of `room`."""
    found = []
    for number, side in enumerate(sides):
        if side.worktree:
            try:
                work = working.commit(workspace, side.worktree, room, f"index-{number}")
            except (CoordError, OSError) as error:
                found.append(replace(side, why=f"its uncommitted work cannot be read ({error})"))
                continue
            if work is not None:
                side = replace(side, commit=work.commit, uncommitted=work.files)
        found.append(side)
    return found
