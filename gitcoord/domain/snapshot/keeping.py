"""Keep the uncommitted work in a worktree for its session, whoever asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass, field, replace
from gitcoord.domain.snapshot import taking, view
from gitcoord.errors import CoordError
from gitcoord.kernel import clone
from gitcoord.kernel.git import scrubbed
from gitcoord.kernel.place import discover

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.domain.call import Call
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.snapshot.content import Left
    from gitcoord.domain.snapshot.shelf import Kept
    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.place import Place
    from gitcoord.policy.scope import Scope


CLEAN = "there is nothing to keep"
GONE = "its worktree is gone"


@dataclass(frozen=True, slots=True)
class Work:
    """The uncommitted work in a worktree: the snapshot that holds it, or None and `why` there is none.

    `left` is what a snapshot leaves out, also where that is all of it.
    """

    kept: Kept | None
    why: str = ""
    left: list[Left] = field(default_factory=list)

    @property
    def is_missing(self) -> bool:
        """Whether there is no snapshot although there is, or may be, something to keep."""
        return self.kept is None and self.why != CLEAN


def keep(call: Call, owner: Session, worktree: str, why: str, include: Sequence[Scope] = ()) -> Work:
    """Keep the uncommitted work in a worktree of this clone, as `own` does; that it could not be kept is a warning."""
    return _warned(call, own(call.workspace, owner, worktree, why, include))


def own(workspace: Workspace, owner: Session, worktree: str, why: str, include: Sequence[Scope] = ()) -> Work:
    """Take a snapshot of the uncommitted work in a worktree of this clone, for a session.

    What it is kept for does not fail by it: what `taking.take` raises is in the answer.
    """
    place = here(workspace, worktree)
    return _take(workspace, owner, place, why, include) if place is not None else Work(None, GONE)


def here(workspace: Workspace, worktree: str) -> Place | None:
    """Return a worktree of this clone; None where it is gone, or another one's."""
    ours = workspace.place
    place = ours if worktree == ours.top else _place(ours, worktree)
    return place if place is not None and place.common_dir == ours.common_dir else None


def reach(call: Call, other: Session) -> Place | None:
    """Return the worktree of a session of another clone, with this clone's store; None where it is not here to see.

    It is the session's own where the clone around it says that it is the session's clone, and is not a copy of it.
    """
    place = _place(call.place, other.worktree)
    if place is None or place.common_dir == call.place.common_dir:
        return None
    try:
        known = (clone.read(place.coord_dir), *clone.former(place.coord_dir))
        if other.clone not in known or clone.copied(place.coord_dir):
            return None
    except (CoordError, OSError):
        return None
    return replace(place, store_dir=call.place.store_dir)


def keep_there(call: Call, owner: Session, there: Place, why: str) -> Work:
    """Take a snapshot of the uncommitted work in a worktree that `reach` found, for a session; as `keep` does."""
    return _warned(call, _take(call.workspace, owner, there, why, ()))


def _warned(call: Call, work: Work) -> Work:
    if work.is_missing:
        call.warnings.append(f"the uncommitted work was not kept: {work.why}")
    return work


def _take(workspace: Workspace, owner: Session, place: Place, why: str, include: Sequence[Scope]) -> Work:
    if not place.top:
        return Work(None, CLEAN)
    try:
        if not place.flag("coord.snapshot", True):
            raise errors.snapshot.SnapshotsOff()
        taken = taking.take(workspace, owner, why, include, there=place)
    except CoordError as error:
        return Work(None, error.message)
    if taken.kept is not None:
        return Work(taken.kept, left=taken.left)
    return Work(None, f"a snapshot leaves all of it out: {view.named(taken.left)}" if taken.left else CLEAN, taken.left)


def _place(here: Place, worktree: str) -> Place | None:
    """Return the repository around another worktree, whatever the environment says; None for none."""
    if not worktree or not Path(worktree).is_dir():
        return None
    try:
        return discover(worktree, scrubbed(dict(here.environ)))
    except CoordError:
        return None
