"""Files that have become useless: about sessions that are over, and of commits made long ago."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from gitcoord.domain.session import record as session
from gitcoord.kernel import coordfile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

DAY = 24 * 3600
WEEK = 7 * DAY
"""After so long a window of an agent is not gone on with, and what its hooks remember is forgotten."""
OF_A_SESSION = (
    coordfile.NEWS,
    coordfile.TOLD,
    coordfile.SUSPECTS,
    coordfile.AHEAD,
    coordfile.READING,
    coordfile.TRANSCRIPTS,
)
"""Directories with a file for each session, named by its id."""


def remove(workspace: Workspace, state: State) -> int:
    """Remove what is left of sessions that are over; returns how many files that were."""
    return sum(_remove(path) for path in _leftovers(workspace, state))


def _leftovers(workspace: Workspace, state: State) -> Iterator[Path]:
    """Files about sessions that are over, windows of agents closed long ago, and commits long made;
    bells whose waiter was killed as it hung them up.
    """
    for kind in OF_A_SESSION:
        for path in _entries(workspace.place.coord_dir / kind):
            if session.well_formed(path.name) and session.read(state, path.name) is None:
                yield path
    coord = workspace.place.coord_dir
    hung = [path for path in _entries(workspace.ledger.bells) if path.name.startswith(".")]
    for paths, age in (
        (_entries(coord / coordfile.AGENTS), WEEK),
        (_entries(coord / coordfile.PASSED), DAY),
        (hung, DAY),
    ):
        for path in paths:
            with suppress(OSError):
                if path.stat().st_mtime < time.time() - age:
                    yield path


def _entries(directory: Path) -> list[Path]:
    return sorted(directory.iterdir()) if directory.is_dir() else []


def _remove(path: Path) -> int:
    with suppress(OSError):  # it is gone already
        path.unlink()
        return 1
    return 0
