"""The radar in the round that a command makes once in a while: what is committed, and a few merges at a time.

Where all that is to be compared is known, the command tells it. Git may be asked for many merges, so they are made in a
process of their own: nobody waits for them.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from gitcoord.domain.history import feed
from gitcoord.domain.radar import ignoring, looking, telling
from gitcoord.domain.session import record as session
from gitcoord.errors import CoordError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

MOST = 30
"""Pairs that are merged in one round: the next one goes on."""


def look(
    workspace: Workspace,
    state: State,
    me: Session,
    known: Callable[[str], bool],
    later: Callable[[], None] | None = None,
) -> None:
    """Tell the sessions of new collisions between what they committed; `known` as in `telling.tell`.

    `later` starts the process that calls `look_anew`, where something is to be merged; without it that is done here.
    `coord.radar = false` turns it off in this clone.
    """
    living = sum(1 for _ in session.every(state))
    if living < 2 or not workspace.place.flag("coord.radar", True):
        return
    with suppress(CoordError):  # whatever is wrong with the repository, the command in whose wake this is goes on
        found = looking.look(workspace, state, uncommitted=False, most=MOST if later is None else 0)
        if found.late and later is not None:
            later()
        else:
            telling.tell(workspace, me, found, known, ignoring.rule(state), whole=False)


def look_anew(workspace: Workspace) -> None:
    """Look in a process for which nobody waits, in the name of the session of this clone that was here last."""
    state = workspace.ledger.state()
    ours = [item for item in session.every(state) if workspace.is_ours(item)]
    if ours:
        with feed.told(workspace) as known:
            look(workspace, state, max(ours, key=lambda item: (item.last, item.id)), known)
