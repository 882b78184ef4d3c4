"""Which sessions of this clone have died, said in their beats, so that other clones can show it.

Only this clone can see the process of its sessions. Other clones show what the beat says and decide nothing by it:
there a session is taken over only when its lease has run out (docs/protocol.md, rule 25).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.session import beat
from gitcoord.domain.session import record as session

if TYPE_CHECKING:
    from gitcoord.domain.workspace import Workspace


def report(workspace: Workspace) -> bool:
    """Say in the beats of this clone's sessions whose process is dead that they are gone.

    Returns whether a beat was changed, so that other clones do not know it yet.
    """
    dead = workspace.dead()
    if not dead:
        return False
    state = workspace.ledger.state()
    living = [item for name in dead if (item := session.read(state, name)) is not None]
    changed = [item.id for item in living if beat.leave(workspace, item.id, item.last)]
    return bool(changed)
