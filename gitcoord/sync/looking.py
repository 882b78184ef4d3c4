"""A look at the hub before a command that only reads answers: so the answer has what others were given a moment ago.

A command waits for a look no longer than `LIMIT`. Where the hub takes longer, a process of its own goes on with it, and
the next command has what it brought. One look serves every command of the clone: the hub lock lets one process through,
and those who waited for it find the look made.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gitcoord.errors import CoordError
from gitcoord.kernel import coordfile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gitcoord.sync.agree import Agreement

EVERY = 5
"""Seconds for which a look is new enough where `coord.lookEvery` says nothing."""

LIMIT = 1.0
"""Seconds that a command waits for a look."""

PATIENCE = 10.0
"""Seconds that a look may take in a process of its own."""

POLL = 0.02
"""Seconds between two questions whether the other process has looked."""

SLOW = coordfile.HUB_SLOW
"""The file that says that the last look took longer than a command waits; its time is when one was begun last."""

STARTING = 5.0
"""Seconds within which a process that was started to look is taken to be on its way."""


def is_due(agreement: Agreement) -> bool:
    """Whether the last look is too old, and the hub is not known to be away."""
    if agreement.away():
        return False
    age = agreement.ledger.clock.now() - agreement.looked
    return not 0 <= age < agreement.look_every


def look(agreement: Agreement, later: Callable[[], None]) -> bool:
    """Look at the hub if a look is due, and wait `LIMIT` at most; says whether a look was made.

    `later` starts the process that ends the look where the hub is slow (`finish`). Where the hub was slow the last
    time, that process makes the look from the beginning: one that is cut off would be made twice.
    """
    before = agreement.looked
    if not is_due(agreement):
        return False
    mark = agreement.ledger.store.directory / SLOW
    try:
        if mark.exists():
            _await(agreement, mark, later)
        elif agreement.fetch_all(LIMIT, brief=True).late:
            mark.touch()
            later()
    except CoordError as error:  # it holds what cannot be adopted, or nothing can be written here
        agreement.status = "offline"
        agreement.warnings.append(error.message)
    except OSError:
        agreement.status = "offline"
    return agreement.looked != before


def _await(agreement: Agreement, mark: Path, later: Callable[[], None]) -> None:
    """Let another process look, and wait for it."""
    if time.time() - mark.stat().st_mtime > STARTING:
        mark.touch()  # first: of several commands one starts it
        later()
    until = time.monotonic() + LIMIT
    while is_due(agreement) and time.monotonic() < until:
        time.sleep(POLL)
    if agreement.away():
        agreement.status = "offline"


def finish(agreement: Agreement) -> None:
    """Make the look for which a command had no time, and find out whether the hub still is slow."""
    began = time.monotonic()
    contact = agreement.fetch_all(PATIENCE, brief=False)
    if contact.gathered is not None and time.monotonic() - began < LIMIT:
        (agreement.ledger.store.directory / SLOW).unlink(missing_ok=True)
