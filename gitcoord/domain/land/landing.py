"""One landing: build, test, wait in line, take in what landed meanwhile, push, and look whether it is there.

Nothing of the user's moves before the push: the commit is built in memory and tested in a worktree of its own. A killed
landing leaves the branch, its worktrees and the remote as they were, or the branch landed.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field
from gitcoord.domain.agreement import HUB_EVERY
from gitcoord.domain.claim import acquire, ask, release
from gitcoord.domain.claim.renew import renew_if_due
from gitcoord.domain.land import line, testing
from gitcoord.domain.radar import asking
from gitcoord.errors import CoordError, Held, Offline
from gitcoord.errors.landing import (
    BranchClosed,
    BranchMoved,
    Crowded,
    NoPlace,
    NotItsTurn,
    NotOnTop,
    NotProved,
    OtherTree,
    PlaceLost,
    PushRefused,
    TestFailed,
    TestNotRun,
    Unsure,
)
from gitcoord.kernel import timed
from gitcoord.kernel.refname import HEADS
from gitcoord.kernel.revision import common, is_behind, leads_to
from gitcoord.policy import touching
from gitcoord.policy.ids import NO_OBJECT, Oid
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gitcoord.domain.call import Call
    from gitcoord.domain.land.building import Branch, Builder, Method
    from gitcoord.domain.land.target import Target
    from gitcoord.domain.land.testing import Tested
    from gitcoord.domain.session.record import Session

SOON = 0.25
"""Seconds between two looks of whoever is next."""

TRIES = 8
"""Pushes that are tried while others push without waiting in line."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to land, and how. `seconds` are what a test may take, `wait` how long the turn is waited for.

    `always`: test again in the turn whatever has landed meanwhile. `merges`: make a merge even where none is needed.
    """

    branch: Branch
    target: Target
    method: Method
    test: str
    seconds: float
    wait: float
    always: bool = False
    merges: bool = False
    why: str = ""
    urgent: bool = False


@dataclass(slots=True)
class Landing:
    """A landing under way. `room` is its directory, `old` what it is built on, `commit` what is to be pushed."""

    call: Call
    me: Session
    plan: Plan
    builder: Builder
    room: Path
    old: Oid = NO_OBJECT
    commit: Oid = NO_OBJECT
    tested: list[Tested] = field(default_factory=list)
    pushes: int = 0
    renewed: float = 0.0

    def prepare(self) -> bool:
        """Build on the branch as it is now; whether there is anything to land. What conflicts is refused."""
        plan = self.plan
        now = plan.target.tip()
        if now == self.old:
            return True
        self.old = now
        if self.landed(now):
            return False
        self.commit = self.builder.build(plan.method, now, plan.branch, always=plan.merges)
        return self.commit != now

    def landed(self, tip: Oid) -> bool:
        """Whether all of the branch is in a commit."""
        return self.builder.proved(tip, self.plan.branch)

    def landed_meanwhile(self) -> bool:
        """Whether all of the branch is there by now, as others pushed it; no where the remote does not say."""
        with suppress(CoordError):
            now = self.plan.target.tip()
            return now != self.old and self.landed(now)
        return False

    def test(self) -> None:
        """Test what is to be pushed. Raises `Failed`, `NotRun`."""
        plan = self.plan
        if not plan.test:
            return
        done = testing.run(self.call, self.me, self.room, self.commit, plan.test, plan.seconds, self.keep)
        self.tested.append(done)
        if done.tree != self.builder.tree(self.commit):
            raise OtherTree
        if done.verdict == "failed":
            raise TestFailed(printable(plan.branch.name), plan.target.name, done.status)
        if done.verdict != "passed":
            slow = done.status == timed.TIMED_OUT
            raise TestNotRun(done.status, plan.seconds if slow else None)

    def keep(self) -> None:
        """Keep the lease of the session, and the place in line where there is one."""
        with suppress(CoordError):
            renew_if_due(self.call.workspace, self.me.id)
            if self.renewed and time.monotonic() - self.renewed > line.TTL / 2:
                self.renewed = time.monotonic()
                if not self.closes():
                    acquire.acquire(self.call.workspace, self.me, self.place())

    def place(self) -> acquire.Request:
        """Return the claim that is the place in line."""
        why = line.reason(self.plan.branch.name, self.plan.why, urgent=self.plan.urgent)
        return acquire.Request((line.scope(self.plan.target.branch),), why, line.TTL, shared=True, confirmed=True)

    def closes(self) -> bool:
        """Whether the session keeps the branch closed for others: that is its place then, and it stays."""
        workspace = self.call.workspace
        return line.closes(workspace, workspace.ledger.state(), self.me.id, self.plan.target.branch)

    def touched(self, before: Oid) -> bool:
        """Whether what landed since `before` touches what this branch changed, or might."""
        git = self.call.place.git
        base = common(git, before, self.plan.branch.tip) or before
        pairs = [(before, self.old), (base, self.plan.branch.tip)]
        marks = asking.footprints(git, pairs)
        first, second = (marks[pair] for pair in pairs)
        return bool(
            touching.common(first, second)
            or touching.maybe_renamed(first, second)
            or touching.maybe_renamed(second, first)
        )

    def turn(self, check: Callable[[], None]) -> bool:
        """Push, in the turn; whether it landed, or was there already. Raises what is in the way.

        `check` raises what the rules say against what was built anew, since the branch has moved.
        """
        for _ in range(TRIES):
            before = self.old
            if not self.prepare():
                return False
            if before != self.old:
                check()
                if self.plan.always or self.touched(before):
                    self.test()
            if not self.builder.proved(self.commit, self.plan.branch, self.old):
                raise NotProved
            if not is_behind(self.call.place.git, self.old, self.commit):
                raise NotOnTop
            self.pushes += 1
            began = self.call.now
            met = began if self.call.workspace.agreement.refresh() else 0
            said = self.plan.target.push(self.old, self.commit, self.me.id, met)
            now = self._after()
            if is_behind(self.call.place.git, self.commit, now):
                return True
            if now == self.old:
                raise _refused(self.plan.target, said)
        raise Crowded(self.plan.target.name)

    def _after(self) -> Oid:
        """The branch after a push. Raises `Offline` that says what is not known."""
        try:
            return self.plan.target.tip()
        except Offline as error:
            raise Unsure(error.message) from error


def _refused(target: Target, said: str) -> PushRefused:
    return PushRefused(target.name, said)


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
        _await_turn(landing, began + plan.wait)
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


def _await_turn(landing: Landing, until: float) -> None:
    call, me, plan = landing.call, landing.me, landing.plan
    workspace, told = call.workspace, 0
    looked = time.monotonic()
    with workspace.listening() as rung:
        while True:
            waiting = _before_or_at(landing)
            place = next((number for number, entry in enumerate(waiting, 1) if entry.session == me.id), 0)
            if not place:
                raise PlaceLost(plan.target.name)
            if place == 1:
                return
            if place != told:
                first = waiting[0]
                call.note(f"place {place} in line for {plan.target.name}; {printable(first.name)} is landing")
                told = place
            _still(landing)
            left = until - time.monotonic()
            if left <= 0:
                raise NotItsTurn(place - 1, plan.target.name)
            every = SOON if place == 2 else min(HUB_EVERY, SOON * place)
            rung(min(left, every))
            if time.monotonic() >= min(looked + every, until):  # it is asked before the answer is no
                workspace.agreement.refresh()
                looked = time.monotonic()
                if landing.landed_meanwhile():
                    return
            landing.keep()


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
