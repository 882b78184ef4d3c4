"""One landing. It builds a commit and tests it. In its turn it builds on what landed, and verifies its push.

Nothing of the user's moves before the push: the commit is built in memory and tested in a worktree of its own. A killed
landing leaves the branch, its worktrees and the remote as they were, or the branch landed.
"""

from __future__ import annotations

import time
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field
from gitcoord.domain.agreement import MOMENT
from gitcoord.domain.claim import acquire
from gitcoord.domain.claim.renew import renew_if_due
from gitcoord.domain.land import line, testing
from gitcoord.domain.radar import asking
from gitcoord.errors import CoordError, Offline
from gitcoord.errors.landing import (
    Crowded,
    NotOnTop,
    NotProved,
    OtherTree,
    PushRefused,
    TestFailed,
    TestNotRun,
    Unsure,
)
from gitcoord.kernel import timed
from gitcoord.kernel.revision import common, is_behind
from gitcoord.policy import touching
from gitcoord.policy.ids import NO_OBJECT, Oid
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gitcoord.domain.call import Call
    from gitcoord.domain.land.building import Branch, Builder, Method
    from gitcoord.domain.land.target import Target
    from gitcoord.domain.land.testing import Tested
    from gitcoord.domain.session.record import Session

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
    """A landing under way.

    `room`: its directory. `old`: the commit of the branch on which it is built. `commit`: the commit to push.
    `needed`: whether there is something to land. `asked`: when the branch was asked for last, by the monotonic clock.
    `passed`: the commit of the branch for which the rules were asked last and, where needed, the test passed.
    `judged`: the ledger by which they were asked last.
    """

    call: Call
    me: Session
    plan: Plan
    builder: Builder
    room: Path
    old: Oid = NO_OBJECT
    commit: Oid = NO_OBJECT
    passed: Oid = NO_OBJECT
    judged: str = ""
    needed: bool = True
    tested: list[Tested] = field(default_factory=list)
    pushes: int = 0
    renewed: float = 0.0
    asked: float = -inf

    def prepare(self, within: float = 0.0) -> bool:
        """Build on the branch as it is now; whether there is anything to land. What conflicts is refused.

        `within`: go by the last answer if it is younger than so many seconds; one that is out of date only loses the
        lease.
        """
        if time.monotonic() - self.asked >= within:
            self.take_in(self.plan.target.tip())
        return self.needed

    def take_in(self, now: Oid) -> None:
        """Build on the commit of the branch as it is now; all stays as it was where that cannot be done."""
        plan, commit, asked = self.plan, now, time.monotonic()
        if now != self.old:
            if not self.landed(now):
                commit = self.builder.build(plan.method, now, plan.branch, always=plan.merges)
                if not self.builder.proved(commit, plan.branch, now):
                    raise NotProved
            self.old, self.commit, self.needed = now, commit, commit != now
        self.asked = asked

    def settle(self, check: Callable[[], None]) -> None:
        """Ask the rules about the commit, and test the commit, unless both were done for this commit of the branch.

        After the branch has moved the test is run again only if what landed may touch the same paths. `check` raises
        what the rules say.
        """
        before = self.passed
        if before == self.old:
            return
        self.judge(check)
        if not before or self.plan.always or self.touched(before):
            self.test()
        self.passed = self.old

    def judge(self, check: Callable[[], None]) -> None:
        """Ask the rules about the commit, by what the ledger has now."""
        check()
        self.judged = self.call.workspace.ledger.tip()

    def landed(self, tip: Oid) -> bool:
        """Whether all of the branch is in a commit."""
        return self.builder.proved(tip, self.plan.branch)

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

        `check` is that of `settle`.
        """
        for _ in range(TRIES):
            if not self.prepare(0.0 if self.pushes else MOMENT):
                return False
            self.settle(check)
            if not is_behind(self.call.place.git, self.old, self.commit):
                raise NotOnTop
            self.pushes += 1
            met, agreement = self.call.now, self.call.workspace.agreement
            if agreement.moved() and not agreement.refresh():
                met = 0
            if self.call.workspace.ledger.tip() != self.judged:
                self.judge(check)
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
