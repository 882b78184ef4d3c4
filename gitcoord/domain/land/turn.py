"""The turn to land: a place in line for a block, and the wait until it is the first one.

The nearer its turn, the more often it looks. Who is next looks at the branch itself, and builds on what the one before
it has landed while that one leaves the line.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from gitcoord.domain.agreement import HUB_EVERY
from gitcoord.domain.claim import ask, release
from gitcoord.domain.land import line
from gitcoord.errors import CoordError, Held, Offline
from gitcoord.errors.landing import BranchClosed, BranchMoved, NoPlace, NotItsTurn, PlaceLost
from gitcoord.kernel.refname import HEADS
from gitcoord.kernel.revision import leads_to
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.land.landing import Landing
    from gitcoord.domain.land.target import Target

SOON, SOON_BEHIND = 0.1, 0.25
"""Seconds between two looks of whoever is next, and for each place of those behind it."""

STEADY = 4
"""Of so many looks of whoever is next at a branch that has not moved, one is at the line, too."""


@contextmanager
def in_line(landing: Landing) -> Iterator[None]:
    """Have a place in line for the block, at its turn. Raises `Refused`, `CannotTell`."""
    call, me, plan = landing.call, landing.me, landing.plan
    wanted = landing.place()
    (scope,) = wanted.scopes
    began = time.monotonic()
    if not landing.closes():
        with _explained(plan.target):
            ask.win(call, me, wanted, [scope.text], wait=f"{max(1, int(plan.wait))}s")
    landing.renewed = time.monotonic()
    try:
        _await(landing, began + plan.wait)
        yield
    finally:
        landing.renewed = 0.0
        with suppress(CoordError):
            if not landing.closes():
                release.release(call.workspace, me, (scope,), "", everything=False)


@contextmanager
def _explained(target: Target) -> Iterator[None]:
    """Say of a claim that was not won what that means for a landing: nobody typed that claim."""
    try:
        yield
    except CoordError as error:
        if error.answer is not None and error.reason == Held.reason:
            raise BranchClosed(error, target.branch) from error
        if error.answer is not None and error.reason == Offline.reason:
            raise NoPlace(target.name, error) from error
        raise


def _await(landing: Landing, until: float) -> None:
    """Wait for the first place, or until all of the branch is there. Raises what ends the wait."""
    call, plan = landing.call, landing.plan
    told, looks = 0, _Looks(landing)
    with call.workspace.listening() as rung:
        while True:
            waiting = _before_or_at(landing)
            place = next((number for number, entry in enumerate(waiting, 1) if entry.session == landing.me.id), 0)
            if not place:
                raise PlaceLost(plan.target.name)
            if place == 1:
                return
            if place != told:
                first = waiting[0]
                call.note(f"place {place} in line for {plan.target.name}; {printable(first.name)} is landing")
                told = place
            _still(landing)
            if time.monotonic() >= until:
                raise NotItsTurn(place - 1, plan.target.name)
            due = min(looks.due(place), until)
            rung(max(0.0, due - time.monotonic()))
            # It is asked before the answer is no.
            if time.monotonic() >= due and not looks.look(place, last=due == until):
                return
            landing.keep()


class _Looks:
    """The looks of a landing that waits, and when the next one is due."""

    def __init__(self, landing: Landing) -> None:
        self._landing = landing
        self._looked = self._asked = self._stirred = time.monotonic()
        self._count = 0
        self._leaving = False  # who is first has landed

    def due(self, place: int) -> float:
        """Return when the next look is due, by the monotonic clock: the later, the longer nothing has stirred."""
        soon = SOON if place == 2 else SOON_BEHIND * place
        return self._looked + min(HUB_EVERY, max(soon, (self._looked - self._stirred) / 5))

    def look(self, place: int, *, last: bool) -> bool:
        """Look at the branch and at the line; whether there still is something to land.

        A remote that does not answer says nothing.
        """
        landing, before = self._landing, self._landing.old
        thorough = last or time.monotonic() - self._asked > HUB_EVERY
        if place == 2 or thorough:
            with suppress(Offline):
                if not landing.prepare():
                    return False
        moved = landing.old != before
        self._count += 1
        self._leaving |= moved
        if thorough or moved or ((place > 2 or self._leaving or self._count % STEADY == 0) and self._has_news()):
            landing.call.workspace.agreement.refresh()
            self._asked = self._stirred = time.monotonic()
        self._looked = time.monotonic()
        return True

    def _has_news(self) -> bool:
        return self._landing.call.workspace.agreement.moved()


def _before_or_at(landing: Landing) -> list[line.Entry]:
    """Return the line; without the claim of an ancestor, who keeps the branch closed for others than its children."""
    call, workspace = landing.call, landing.call.workspace
    found = line.entries(workspace, call.state, landing.plan.target.branch)
    return [entry for entry in found if not (entry.closed and entry.session in landing.me.ancestors)]


def _still(landing: Landing) -> None:
    """Leave the line where the branch has gone or moved. Raises `Stale`."""
    branch = landing.plan.branch
    if branch.name == branch.tip:
        return
    now = leads_to(landing.call.place.git, f"{HEADS}{branch.name}")
    if now != branch.tip:
        raise BranchMoved(printable(branch.name), gone=not now)
