"""What was answered as provisional and is owed to the hub: the next command that may push brings it there.

A release that stays here keeps everybody else from working, so it does not wait for `coord.syncEvery`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.kernel import coordfile

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.ledger.ledger import Done

FILE = coordfile.HUB_OWED

PAUSE = 5.0
"""Seconds between two attempts, so that a hub which is busy does not hold up every command."""


def note(directory: Path, done: Done) -> None:
    """Keep in the coord directory that the hub has not confirmed what a command answered."""
    if not done.confirmed:
        (directory / FILE).touch()


def came_back(directory: Path, away: Path) -> None:
    """Where the file `away` says that the hub was away, keep that it lacks what was written meanwhile."""
    if away.exists():
        (directory / FILE).touch()
        away.unlink(missing_ok=True)


def settle(directory: Path) -> None:
    """Keep that the hub has everything."""
    (directory / FILE).unlink(missing_ok=True)


def is_noted(directory: Path) -> bool:
    """Return whether the hub is owed something."""
    return (directory / FILE).exists()


def is_due(directory: Path, last: float, now: int) -> bool:
    """Return whether something is owed, and the last attempt is long enough ago; `last` and `now` in seconds."""
    try:
        failed = (directory / FILE).stat().st_mtime
    except FileNotFoundError:
        return False
    return now - max(last, failed) >= PAUSE
