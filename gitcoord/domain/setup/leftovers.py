"""Files about sessions that are over, which nobody reads any more."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from gitcoord.domain.session import record as session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

DAY = 24 * 3600
WEEK = 7 * DAY
"""After so long a window of an agent is not gone on with, and what its hooks remember is forgotten."""
OF_A_SESSION = ("news", "told", "suspects", "ahead", "reading")
"""Directories with a file for each session, named by its id."""


def remove(workspace: Workspace, state: State) -> int:
    """Remove what is left of sessions that are over; returns how many files that were."""
    return sum(_remove(path) for path in _leftovers(workspace, state))


def _leftovers(workspace: Workspace, state: State) -> Iterator[Path]:
    """Files about sessions that are over, and about windows of agents that were closed long ago; bells whose waiter was
    killed as it hung them up.
    """
    for kind in OF_A_SESSION:
        for path in _entries(workspace.place.coord_dir / kind):
            if session.well_formed(path.name) and session.read(state, path.name) is None:
                yield path
    for path in _entries(workspace.place.coord_dir / "agents"):
        if path.stat().st_mtime < time.time() - WEEK:
            yield path
    for path in _entries(workspace.ledger.bells):
        if path.name.startswith(".") and path.stat().st_mtime < time.time() - DAY:
            yield path


def _entries(directory: Path) -> list[Path]:
    return sorted(directory.iterdir()) if directory.is_dir() else []


def _remove(path: Path) -> int:
    with suppress(OSError):  # it is gone already
        path.unlink()
        return 1
    return 0
