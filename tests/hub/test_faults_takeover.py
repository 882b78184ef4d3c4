"""Taking over across clones, with patience: after silence or an outage the living renew before they are robbed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.policy.moment import Moment

from .faults import Hours, Timed, settled

if TYPE_CHECKING:
    from .conftest import Clone, Hub

LEASE, SKEW, GRACE = 1800, 120, 120


@pytest.fixture
def hours() -> Hours:
    """The time that it really is."""
    return Hours()


@pytest.fixture
def timed(pair: tuple[Clone, Clone], hours: Hours) -> tuple[Timed, Timed]:
    """Two clones whose clocks are right."""
    return Timed(pair[0], hours), Timed(pair[1], hours)


def refused(clone: Clone, session: str, scope: str = "f") -> None:
    """Claim what must be refused, in agreement with the hub."""
    answer = clone.claim(session, scope)
    assert (answer["result"], answer["hub"]) == ("refused", "ok"), answer


@pytest.mark.slow
@pytest.mark.parametrize("words", ["release f", "release --all", "renew f", "renew f --ttl 1h"])
def test_a_silent_holder_is_taken_over_a_grace_after_the_first_meeting(
    timed: tuple[Timed, Timed], hub: Hub, hours: Hours, words: str
) -> None:
    """Two meetings with the hub, a grace apart, the first when lease and skew are over; not a second before.

    The old holder's next command is refused, and says who took over, and when.
    """
    one, two = timed
    alice, bob = one.start("alice"), two.start("bob")
    token = one.won(alice, "f")
    refused(two, bob)
    hours.pass_by(LEASE + SKEW - 1)
    refused(two, bob)  # not over yet: no meeting that counts
    hours.pass_by(GRACE)
    refused(two, bob)  # the first one that counts
    hours.pass_by(GRACE - 1)
    refused(two, bob)
    hours.pass_by(1)
    answer = two.claim(bob, "f")
    assert (answer["result"], answer["confirmed"]) == ("won", True)
    assert [item["name"] for item in answer["took_over"]] == ["alice"]
    assert answer["token"] > token
    at = hours.now
    hours.pass_by(3600)
    ran = one.here(*words.split(), "--json", session=alice)
    assert ran.status == 1, ran
    assert f"bob took it over at {Moment(at).clock()}" in ran.json["message"], ran
    assert settled(hub, one, two, full=False) == {"f": "bob"}


@pytest.mark.slow
def test_who_renews_between_the_meetings_keeps_it(timed: tuple[Timed, Timed], hub: Hub, hours: Hours) -> None:
    """A sign of life that reaches the hub between the two meetings begins everything anew."""
    one, two = timed
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    hours.pass_by(LEASE + SKEW + 1)
    refused(two, bob)
    one.here("claims", session=alice, check=True)  # any command renews what is due
    one.sync()
    hours.pass_by(GRACE)
    refused(two, bob)
    hours.pass_by(LEASE + SKEW - GRACE - 1)
    refused(two, bob)
    hours.pass_by(2)
    refused(two, bob)
    hours.pass_by(GRACE)
    assert two.won(bob, "f")
    assert settled(hub, one, two, full=False) == {"f": "bob"}


def test_a_renewal_unseen_by_the_taker_comes_first(timed: tuple[Timed, Timed], hub: Hub, hours: Hours) -> None:
    """The taker believes that it may, pushes, and loses to a renewal that reached the hub a moment before."""
    one, two = timed
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    hours.pass_by(LEASE + SKEW + 1)
    refused(two, bob)
    hours.pass_by(GRACE)
    two.sync()
    one.here("renew", session=alice, check=True)
    answer = two.claim(bob, "f")
    assert answer["result"] == "refused", answer
    assert settled(hub, one, two, full=False) == {"f": "alice"}


@pytest.mark.slow
@pytest.mark.parametrize("first", ["holder", "taker"])
def test_after_an_outage_the_living_renew_first(timed: tuple[Timed, Timed], hub: Hub, hours: Hours, first: str) -> None:
    """The hub was away for longer than a lease; the holder worked on. Whoever comes back first, it keeps its claim."""
    one, two = timed
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    refused(two, bob)
    hub.away()
    for _ in range(4):
        hours.pass_by(LEASE // 2 + SKEW)
        one.here("claims", session=alice, check=True)
        answer = two.claim(bob, "f")
        assert (answer["result"], answer["hub"]) == ("refused", "offline")
    hub.back()
    if first == "taker":
        refused(two, bob)
        hours.pass_by(GRACE - 1)
        refused(two, bob)
    one.sync()
    hours.pass_by(GRACE)
    refused(two, bob)
    one.won(alice, "g")
    assert settled(hub, one, two, full=False) == {"f": "alice", "g": "alice"}


@pytest.mark.slow
@pytest.mark.parametrize("words", ["claim g", "sync"])
def test_the_first_command_after_an_outage_renews_before_it_fetches(
    timed: tuple[Timed, Timed], hub: Hub, hours: Hours, words: str
) -> None:
    """A take that is only announced is sequenced behind the renewal that the holder's own command appends."""
    one, two = timed
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    hours.pass_by(LEASE + SKEW + 1)
    refused(two, bob)
    hours.pass_by(GRACE)
    hub.hook("update", "case $1 in refs/coord/ledger) exit 1;; esac")  # the announcement arrives, the ledger does not
    assert two.claim(bob, "f")["confirmed"] is False
    hub.hook("update", "")
    one.here(*words.split(), session=alice, check=True)
    one.sync()
    assert one.holders()["f"] == "alice"
    two.sync()
    told = two.here("claims", "--json", session=bob).json["warnings"]
    assert any("take over f" in text for text in told), told
    assert settled(hub, one, two, full=False)["f"] == "alice"


def test_a_deadline_needs_the_same_patience(timed: tuple[Timed, Timed], hub: Hub, hours: Hours) -> None:
    """A claim for a while only is free for another clone at its deadline + skew + grace, not before."""
    one, two = timed
    alice, bob = one.start("alice"), two.start("bob")
    one.here("claim", "f", "--ttl", "5m", session=alice, check=True)
    hours.pass_by(300 + SKEW - 1)
    refused(two, bob)
    hours.pass_by(2)
    refused(two, bob)
    hours.pass_by(GRACE - 1)
    refused(two, bob)
    hours.pass_by(1)
    assert two.won(bob, "f")
    assert settled(hub, one, two, full=False) == {"f": "bob"}


def test_retiring_needs_the_same_patience(timed: tuple[Timed, Timed], hub: Hub, hours: Hours) -> None:
    """A session of another clone is ended on the same evidence as its claims are taken, and comes back as a new one."""
    one, two = timed
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    two.sync()
    hours.pass_by(LEASE + SKEW + 1)
    for passed, status in ((0, 1), (GRACE - 1, 1), (1, 0)):
        hours.pass_by(passed)
        two.sync()
        ran = two.here("retire", alice, session=bob)
        assert ran.status == status, (passed, ran)
    one.sync()
    ran = one.here("claim", "g", "--json", session=alice)
    assert ran.status != 0
    assert settled(hub, one, two, full=False) == {}
