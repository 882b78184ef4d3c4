"""The turn to land: a place in line for a block, and the wait until it is the first one.

The nearer its turn, the more often it looks. Who is next looks at the branch itself, and builds on what the one before
it has landed while that one leaves the line.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from math import inf
from typing import TYPE_CHECKING

from gitcoord.domain.agreement import HUB_EVERY
from gitcoord.domain.claim import ask, release
from gitcoord.domain.land import line
from gitcoord.errors import CoordError, Held, Offline
from gitcoord.errors.landing import BranchClosed, BranchMoved, NoPlace, NotItsTurn, PlaceLost
from gitcoord.kernel import branches
from gitcoord.kernel.refname import HEADS
from gitcoord.policy.ids import NO_OBJECT
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.land.landing import Landing
    from gitcoord.domain.land.target import Target
    from gitcoord.policy.ids import Oid

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
    told, looks, last = 0, _Looks(landing), False
    with call.workspace.listening() as rung:
        while True:
            waiting = _before_or_at(landing)
            place = next((number for number, entry in enumerate(waiting, 1) if entry.session == landing.me.id), 0)
            if not place:
                raise PlaceLost(plan.target.name)
            if place == 1:
                looks.end()
                return
            if place != told:
                first = waiting[0]
                call.note(f"place {place} in line for {plan.target.name}; {printable(first.name)} is landing")
                told = place
            _still(landing)
            if last:
                raise NotItsTurn(place - 1, plan.target.name)
            due = min(looks.due(place), until)
            rung(max(0.0, due - time.monotonic()))
            if time.monotonic() >= due:
                last = time.monotonic() >= until  # the line is asked before the answer is no
                if not looks.look(place, last=last):
                    return
            landing.keep()


class _Looks:
    """The looks of a landing that waits, and when the next one is due. All times are by the monotonic clock.

    `looked` is when it looked last at all, `branch` and `line` at these, and `stirred` when something had happened.
    """

    def __init__(self, landing: Landing) -> None:
        self.landing = landing
        self.looked = self.branch = self.line = self.stirred = time.monotonic()
        self._place = 0
        self._count = 0
        self._leaving = False  # whoever is first has landed, while this one was next
        self._failed: Oid = NO_OBJECT  # a commit of the branch on which nothing can be built

    def due(self, place: int) -> float:
        """Return when the next look is due: the longer nothing has happened, the longer the pause."""
        if place != self._place:
            self._place, self._leaving = place, False
        soon = SOON if place == 2 else SOON_BEHIND * place
        return self.looked + min(HUB_EVERY, max(soon, (self.looked - self.stirred) / 5))

    def look(self, place: int, *, last: bool) -> bool:
        """Look at the branch, at the line, or at both; whether there still is something to land.

        `last`: there is no time for another look.
        """
        now = time.monotonic()
        moved = (place == 2 or last or now - self.branch >= HUB_EVERY) and self._look_at_branch()
        self._leaving |= moved and place == 2
        self._count += 1
        often = place > 2 or self._leaving or self._count % STEADY == 0
        thorough = moved or last or now - self.line >= HUB_EVERY
        if thorough or (often and self.landing.call.workspace.agreement.moved()):
            heard = self.landing.call.workspace.agreement.refresh()
            self.line = time.monotonic()
            moved |= heard and not thorough
        self.looked = time.monotonic()
        if moved:
            self.stirred = self.looked
        return self.landing.needed

    def _look_at_branch(self) -> bool:
        """Build on the branch where it has moved; whether it has.

        What is in the way then is not final, as the branch may move again: it is said in the turn.
        """
        landing = self.landing
        self.branch = time.monotonic()
        with suppress(CoordError):
            now = landing.plan.target.tip()
            if now != self._failed:
                before, self._failed = landing.old, now
                landing.take_in(now)
                self._failed = NO_OBJECT
                return before != now
        return False

    def end(self) -> None:
        """It is first: what the branch was then is of use only where the one before it was seen to land."""
        if self._place and not self._leaving:
            self.landing.asked = -inf


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
    now = branches.tip(landing.call.place, f"{HEADS}{branch.name}")
    if now != branch.tip:
        raise BranchMoved(printable(branch.name), gone=not now)
