"""Keep the uncommitted work in a worktree for its session, whoever asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.dataclass import replace
from gitcoord.domain.snapshot import taking
from gitcoord.errors import CoordError
from gitcoord.kernel import clone
from gitcoord.kernel.git import scrubbed
from gitcoord.kernel.place import discover

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gitcoord.domain.call import Call
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.snapshot.shelf import Kept
    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.place import Place
    from gitcoord.policy.scope import Scope


def keep(call: Call, owner: Session, worktree: str, why: str, include: Sequence[Scope] = ()) -> Kept | None:
    """Keep the uncommitted work in a worktree of this clone, as `own` does.

    What goes wrong is a warning: what it is kept for does not fail by it.
    """
    return _or_warn(call, lambda: own(call.workspace, owner, worktree, why, include))


def own(workspace: Workspace, owner: Session, worktree: str, why: str, include: Sequence[Scope] = ()) -> Kept | None:
    """Take a snapshot of the uncommitted work in a worktree of this clone, for a session; None where there is none.

    Raises what `taking.take` raises.
    """
    place = here(workspace, worktree)
    return _take(workspace, owner, place, why, include) if place is not None else None


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


def keep_there(call: Call, owner: Session, there: Place, why: str) -> Kept | None:
    """Take a snapshot of the uncommitted work in a worktree that `reach` found, for a session; as `keep` does."""
    return _or_warn(call, lambda: _take(call.workspace, owner, there, why, ()))


def _or_warn(call: Call, take: Callable[[], Kept | None]) -> Kept | None:
    try:
        return take()
    except CoordError as error:
        call.warnings.append(f"the uncommitted work was not kept: {error.message}")
        return None


def _take(workspace: Workspace, owner: Session, place: Place, why: str, include: Sequence[Scope]) -> Kept | None:
    if not place.top or not place.flag("coord.snapshot", True):
        return None
    return taking.take(workspace, owner, why, include, there=place).kept


def _place(here: Place, worktree: str) -> Place | None:
    """Return the repository around another worktree, whatever the environment says; None for none."""
    if not worktree or not Path(worktree).is_dir():
        return None
    try:
        return discover(worktree, scrubbed(dict(here.environ)))
    except CoordError:
        return None
