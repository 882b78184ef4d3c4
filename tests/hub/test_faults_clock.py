"""Clocks an hour apart: whose lease is over is a matter of clocks, who holds what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .faults import Hours, Timed, operations, settled

if TYPE_CHECKING:
    from .conftest import Clone, Hub

LEASE, SKEW, GRACE, HOUR = 1800, 120, 120, 3600


def agreed(hub: Hub, clones: list[Timed]) -> None:
    """Nobody is told by its own clone that it holds, confirmed, what somebody else holds by the hub's ledger."""
    for clone in clones:
        clone.sync()
    holders = [clone.holders() for clone in clones]
    assert all(one == holders[0] for one in holders)
    assert {clone.ledger for clone in clones} == {hub.ledger}


def work(clones: list[Timed], sessions: list[str], hours: Hours, steps: int, every: int) -> list[int]:
    """The first holds f and works on, a command now and then; the second wants it. Returns tokens of who got it."""
    robbed = []
    for _ in range(steps):
        hours.pass_by(every)
        clones[0].here("claims", session=sessions[0], check=True)
        clones[0].sync()
        answer = clones[1].claim(sessions[1], "f")
        if answer["result"] == "won":
            robbed.append(answer["token"])
    return robbed


@pytest.mark.slow
@pytest.mark.parametrize("ahead", [(0, SKEW), (0, -HOUR), (HOUR, 0), (SKEW // 2, -SKEW // 2)])
def test_a_living_holder_keeps_what_it_holds(pair: tuple[Clone, Clone], hub: Hub, ahead: tuple[int, int]) -> None:
    """A taker whose clock is ahead by no more than the skew, or behind by any, never takes from who renews in time."""
    hours = Hours()
    clones = [Timed(clone, hours, by) for clone, by in zip(pair, ahead, strict=True)]
    sessions = [clone.start(name) for clone, name in zip(clones, ("alice", "bob"), strict=True)]
    clones[0].won(sessions[0], "f")
    assert work(clones, sessions, hours, 8, LEASE // 2 + 60) == []
    assert settled(hub, *clones, full=False) == {"f": "alice"}


@pytest.mark.slow
@pytest.mark.parametrize("ahead", [(0, HOUR), (-HOUR, 0)])
def test_a_grace_of_half_a_lease_needs_no_clock(pair: tuple[Clone, Clone], hub: Hub, ahead: tuple[int, int]) -> None:
    """With coord.grace as long as half a lease, a clock an hour off takes nothing from who renews in time."""
    hours = Hours()
    clones = [Timed(clone, hours, by) for clone, by in zip(pair, ahead, strict=True)]
    for clone in clones:
        clone.git("config", "coord.grace", "20m")
    sessions = [clone.start(name) for clone, name in zip(clones, ("alice", "bob"), strict=True)]
    clones[0].won(sessions[0], "f")
    assert work(clones, sessions, hours, 14, 300) == []
    assert settled(hub, *clones, full=False) == {"f": "alice"}


@pytest.mark.slow
@pytest.mark.parametrize("ahead", [(0, HOUR), (-HOUR, 0)])
def test_never_two_holders_whatever_the_clocks(pair: tuple[Clone, Clone], hub: Hub, ahead: tuple[int, int]) -> None:
    """Where a clock an hour off does end a lease early, there is one holder, a higher token, and the loser is told."""
    hours = Hours()
    clones = [Timed(clone, hours, by) for clone, by in zip(pair, ahead, strict=True)]
    sessions = [clone.start(name) for clone, name in zip(clones, ("alice", "bob"), strict=True)]
    first = clones[0].won(sessions[0], "f")
    robbed = work(clones, sessions, hours, 6, 60)
    print(f"clocks {ahead}: taken {len(robbed)} times")
    assert all(token > first for token in robbed)
    held = settled(hub, *clones, full=False)
    assert held == {"f": "bob" if robbed else "alice"}
    refusal = clones[0].here("release", "f", "--json", session=sessions[0])
    assert refusal.status == (1 if robbed else 0), refusal
    operations(clones[0])


@pytest.mark.slow
def test_a_clock_behind_lengthens_nobodys_lease(clones: list[Clone], hub: Hub) -> None:
    """One whose clock is an hour behind waits an hour longer to take over; who has the right time does not."""
    hours = Hours()
    one, two, three = (Timed(clone, hours, by) for clone, by in zip(clones, (0, -HOUR, 0), strict=True))
    alice, bob, carol = one.start("alice"), two.start("bob"), three.start("carol")
    one.won(alice, "f")
    hours.pass_by(LEASE + SKEW + 1)
    for clone, session in ((two, bob), (three, carol)):
        assert clone.claim(session, "f")["result"] == "refused"
    hours.pass_by(GRACE)
    assert two.claim(bob, "f")["result"] == "refused"
    assert three.won(carol, "f")
    agreed(hub, [one, two, three])
    assert one.holders() == {"f": "carol"}


def test_a_dead_holder_whose_clock_was_ahead(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Its lease ends by its own clock: an hour ahead, what it held is free an hour later, and not for ever."""
    hours = Hours()
    one, two = Timed(pair[0], hours, HOUR), Timed(pair[1], hours)
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    hours.pass_by(LEASE + SKEW + GRACE)
    assert two.claim(bob, "f")["result"] == "refused"
    hours.pass_by(HOUR - GRACE + 1)
    assert two.claim(bob, "f")["result"] == "refused"
    hours.pass_by(GRACE)
    assert two.won(bob, "f")
    agreed(hub, [one, two])
