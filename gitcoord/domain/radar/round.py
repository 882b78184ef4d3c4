"""The radar in the round that a command makes once in a while: what is committed, and a few merges at a time."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from gitcoord.domain.radar import ignoring, looking, telling
from gitcoord.domain.session import record as session
from gitcoord.errors import CoordError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

MOST = 30
"""Pairs that are merged in one round: somebody waits for it."""


def look(workspace: Workspace, state: State, me: Session, known: Callable[[str], bool]) -> None:
    """Tell the sessions of new collisions between what they committed; `known` as in `telling.tell`.

    `coord.radar = false` turns it off in this clone.
    """
    living = sum(1 for _ in session.every(state))
    if living < 2 or not workspace.place.flag("coord.radar", True):
        return
    with suppress(CoordError):  # whatever is wrong with the repository, the command in whose wake this is goes on
        found = looking.look(workspace, state, uncommitted=False, most=MOST)
        telling.tell(workspace, me, found, known, ignoring.rule(state), whole=False)
