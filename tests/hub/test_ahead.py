"""A session of another clone whose times are ahead: taken over after a watch, never while it lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.domain.claim import acquire as claim
from gitcoord.domain.session import beat, retire
from gitcoord.domain.session.beat import Beat
from gitcoord.domain.session.identity import named
from gitcoord.policy.ids import SessionId
from gitcoord.policy.lease import LEASE, SKEW
from gitcoord.policy.scope import Scope
from gitcoord.sync.exchange import exchange
from gitcoord.sync.grace import GRACE

from .test_lease import ask, renewed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import ManualClock

    from .conftest import Clone, Hub

FAR = 1000 * 86400


class Two:
    """alice of the first clone holds f, and the clock there is far ahead; bob of the second wants it."""

    def __init__(self, pair: tuple[Clone, Clone], clock: ManualClock, by: int = FAR) -> None:
        self.clone, self.there_clone = pair
        self.alice, self.bob = self.clone.start("alice"), self.there_clone.start("bob")
        self.theirs, self.clock = type(clock)(), clock
        self.theirs.time = clock.time + by
        self.here, self.there = self.clone.workspace(self.theirs), self.there_clone.workspace(clock)
        me = named(self.here, self.here.ledger.state(), self.alice)
        assert claim.acquire(self.here, me, claim.Request((Scope("directory", "f"),))).result == "won"
        self.last = self.theirs.time

    def pass_by(self, seconds: int) -> None:
        """Let time pass in both clones."""
        for each in (self.clock, self.theirs):
            each.pass_by(seconds)

    def close(self) -> None:
        """End what was started."""
        for opened in (self.here, self.there):
            opened.ledger.store.close()

    def beat(self) -> None:
        """Let alice show a sign of life that is no operation, and the second clone hear of it."""
        beat.put(self.here, SessionId(self.alice), Beat(self.theirs.now(), "thinking"))
        for opened in (self.here, self.there):
            met = opened.agreement.meet(set())  # type: ignore[attr-defined]  # of an agreement at a hub
            exchange(opened.agreement, opened.place.git, met.gathered)  # type: ignore[arg-type]  # the same


@pytest.fixture
def two(pair: tuple[Clone, Clone], hub: Hub, clock: ManualClock) -> Iterator[Two]:
    """The two clones, each opened with its own clock."""
    found = Two(pair, clock)
    yield found
    found.close()


def kept(two: Two) -> tuple[str, int]:
    """Ask for f as bob, who is refused; return why f is kept, and in how many seconds it can be taken over."""
    answer = ask(two.there, two.bob)
    assert answer.result == "refused"
    held = answer.conflicts[0].held
    assert held.takeover_from is not None
    return held.kept, held.takeover_from - two.clock.now()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["claim", "retire"])
def test_who_is_ahead_is_taken_after_a_watch_and_a_grace(two: Two, way: str) -> None:
    """A whole lease without a sign, then two meetings a grace apart: those of the watch do not count as the first."""
    watch = LEASE + SKEW
    assert kept(two) == ("ahead", watch + GRACE)
    two.pass_by(watch)
    assert kept(two) == ("ahead", GRACE)
    two.pass_by(5)
    assert kept(two) == ("ahead", GRACE)
    two.pass_by(GRACE)
    if way == "retire":
        me = named(two.there, two.there.ledger.state(), two.bob)
        assert retire.retire(two.there, me, (two.alice,), every_gone=False).retired == [two.alice]
    answer = ask(two.there, two.bob)
    assert (answer.result, [item.name for item in answer.took_over]) == ("won", ["alice"] if way == "claim" else [])


def test_a_meeting_after_the_watch_is_not_the_first_after_the_lease(
    pair: tuple[Clone, Clone], hub: Hub, clock: ManualClock
) -> None:
    """Who was ahead by two hours is not any longer when its lease ends: there it has its grace, to renew in."""
    two = Two(pair, clock, by=7200)
    kept(two)
    two.pass_by(LEASE + SKEW + 5)
    assert kept(two) == ("ahead", GRACE)
    clock.time = two.last + LEASE + SKEW + 5
    assert kept(two) == ("grace", GRACE)
    two.close()


@pytest.mark.parametrize("sign", ["operation", "beat"])
def test_a_sign_of_who_is_ahead_begins_the_watch_anew(two: Two, sign: str) -> None:
    """An operation that is ahead as well, or a beat, shows that the session lives."""
    kept(two)
    two.pass_by(LEASE)
    if sign == "operation":
        renewed(two.here, two.alice)
    else:
        two.beat()
    assert kept(two) == ("ahead", LEASE + SKEW + GRACE)


def test_a_take_loses_against_an_operation_that_came_first(two: Two) -> None:
    """The taker has not seen it, and it is ahead as well: the take names what it saw last, and fails."""
    kept(two)
    two.pass_by(LEASE + SKEW + 5)
    kept(two)
    two.pass_by(GRACE)
    two.here.agreement.refresh()
    renewed(two.here, two.alice)
    assert ask(two.there, two.bob).result == "refused"
    assert two.clone.holders() == {"f": "alice"}


def test_a_holder_whose_clock_was_set_back_renews_at_once(two: Two) -> None:
    """Its next command renews the lease, so its time is right again, and it is watched no longer."""
    kept(two)
    two.clone.here("claims", session=two.alice, check=True)
    two.clone.sync()
    answer = ask(two.there, two.bob)
    assert (answer.result, answer.conflicts[0].held.kept) == ("refused", "")
    assert answer.conflicts[0].held.held_until <= two.clock.now() + LEASE + 60


def test_status_names_who_is_ahead(two: Two) -> None:
    """The finding says by how much, and from when on claims of the session can be taken."""
    ask(two.there, two.bob)
    board = two.there_clone.here("status", "--json", session=two.bob, check=True).json
    (found,) = [item for item in board["attention"] if item["what"] == "ahead"]
    assert (found["sessions"], found["mine"]) == ([two.alice], False)
    assert "alice" in found["text"]
    assert "can be taken from" in found["hint"]
