"""Syncing by itself: what needs no verdict goes to the hub now and then, after whatever command comes along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.history import feed
from gitcoord.domain.session import presence
from gitcoord.errors import CoordError
from gitcoord.kernel import coordfile
from gitcoord.policy import duration
from gitcoord.sync import files, owed
from gitcoord.sync.agree import Agreement
from gitcoord.sync.exchange import exchange

if TYPE_CHECKING:
    from gitcoord.domain.workspace import Workspace

EVERY = 60
"""Seconds between two syncs where `coord.syncEvery` says nothing."""

PATIENCE = 5.0
"""Seconds that a command may take longer for it."""


def sync_if_due(workspace: Workspace, *, at_once: bool = False) -> None:
    """Exchange with the hub where the last time is long ago, or it is owed something, and it is in reach.

    At once where a session of this clone was found dead, which other clones cannot see. Says nothing, fails at nothing.
    """
    agreement = workspace.agreement
    place = workspace.place
    if not isinstance(agreement, Agreement) or agreement.status != "ok" or not place.flag("coord.autosync", True):
        return
    every = duration.parse(place.setting("coord.syncevery", f"{EVERY}s"))
    mark = place.coord_dir / coordfile.SYNCED
    try:
        at_once = (not agreement.read_only and presence.report(workspace)) or at_once
        at_once |= agreement.behind and not files.are_on_their_way(workspace)
        last = mark.stat().st_mtime if mark.exists() else 0.0
        now = workspace.clock.now()
        waits = now - last < every and not owed.is_due(place.coord_dir, last, now)
        if waits and not at_once:
            return
        mark.touch()  # first: of several commands one goes
        contact = agreement.meet(set(), patience=PATIENCE)
        if contact.reached:
            exchange(agreement, place.git, contact.gathered, PATIENCE)
            feed.hear(workspace)
            files.exchange_in_background(workspace, agreement)
    except (CoordError, OSError):
        return
