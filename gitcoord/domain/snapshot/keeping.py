"""Keep the uncommitted work in a worktree of this clone for its session, whoever asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.dataclass import replace
from gitcoord.domain.snapshot import taking
from gitcoord.errors import CoordError
from gitcoord.kernel.place import discover

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.domain.call import Call
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.snapshot.shelf import Kept
    from gitcoord.policy.scope import Scope


def keep(call: Call, owner: Session, worktree: str, why: str, include: Sequence[Scope] = ()) -> Kept | None:
    """Take a snapshot of the uncommitted work in a worktree of this clone, for a session; None where there is none.

    What goes wrong is a warning: what it is kept for does not fail by it.
    """
    workspace = call.workspace
    try:
        if worktree and worktree != workspace.place.top:
            if not Path(worktree).is_dir():
                return None
            place = discover(worktree, dict(call.environ))
            if place.common_dir != workspace.place.common_dir:
                return None
            workspace = replace(workspace, place=place)
        if not workspace.place.top or not workspace.place.flag("coord.snapshot", True):
            return None
        return taking.take(workspace, owner, why, include).kept
    except CoordError as error:
        call.warnings.append(f"the uncommitted work was not kept: {error.message}")
        return None
