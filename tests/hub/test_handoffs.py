"""Handoffs across machines: the work is whole with one session, whatever a clone believed while the hub was away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.policy.lease import LEASE, SKEW

from .faults import Hours, Timed

if TYPE_CHECKING:
    from .conftest import Clone, Hub

GRACE = 120


def do(clone: Clone, session: str, *words: str) -> dict[str, Any]:
    """Run a command, which must succeed; returns its JSON."""
    return clone.here(*words, "--json", session=session, check=True).json


def holders(clone: Clone) -> set[str]:
    """The sessions that hold something."""
    return {item["session"] for item in clone.here("claims", "--json", check=True).json["claims"]}


def test_work_goes_to_a_session_of_another_clone(pair: tuple[Clone, Clone]) -> None:
    """Claims and tasks are confirmed as the taker's, under a higher token; the giver is told."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    token = do(one, alice, "claim", "src/")["token"]
    task = do(one, alice, "task", "add", "work")["id"]
    do(one, alice, "task", "take", task)
    offer = do(one, alice, "handoff", "offer", bob, "-m", "go on")
    assert offer["confirmed"] is True
    two.sync()
    taken = do(two, bob, "handoff", "accept", offer["id"])
    assert (taken["confirmed"], taken["scopes"]) == (True, ["src"])
    assert taken["token"] > token
    one.sync()
    assert holders(one) == holders(two) == {bob}
    assert do(one, alice, "task", "show", task)["task"]["holder"] == bob
    late = one.here("release", "src", "--json", session=alice)
    assert (late.status, late.json["reason"]) == (1, "not_mine")


def test_offer_for_the_next_one_is_the_first_clones(hub: Hub, pair: tuple[Clone, Clone]) -> None:
    """Two clones accept it while the hub is away: both are told that it is provisional, and one has it."""
    one, two = pair
    alice = one.start("alice")
    carol, bob = one.start("carol"), two.start("bob")
    do(one, alice, "claim", "src/")
    offer = do(one, alice, "handoff", "offer", "next")["id"]
    one.sync()
    two.sync()
    hub.away()
    for clone, session in ((one, carol), (two, bob)):
        taken = do(clone, session, "handoff", "accept", offer)
        assert (taken["confirmed"], taken["token"]) == (False, None)
    hub.back()
    for clone in (one, two):
        clone.forget_away()
        clone.sync()
    one.sync()
    assert holders(one) == holders(two)
    assert len(holders(one)) == 1
    (winner,) = holders(one)
    assert winner in (carol, bob)


def test_decline_that_comes_second_at_the_hub_is_refused(hub: Hub, pair: tuple[Clone, Clone]) -> None:
    """The giver takes its offer back while it is accepted elsewhere: at the hub one of both counts, whole."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    do(one, alice, "claim", "src/", "docs/")
    offer = do(one, alice, "handoff", "offer", bob)["id"]
    two.sync()
    hub.away()
    do(one, alice, "handoff", "decline", offer)
    do(two, bob, "handoff", "accept", offer)
    hub.back()
    for clone in (two, one, two):
        clone.forget_away()
        clone.sync()
    status = do(one, alice, "handoff", "show", offer)["status"]
    assert holders(one) == holders(two) == ({bob} if status == "accepted" else {alice})
    assert status in ("accepted", "withdrawn")


def test_owner_that_was_away_and_renewed_keeps_its_work(pair: tuple[Clone, Clone]) -> None:
    """Another clone adopts on the lease, after skew and grace; the owner's renewal comes before, at the hub."""
    hours = Hours()
    one, two = (Timed(clone, hours) for clone in pair)
    alice, bob = one.start("alice"), two.start("bob")
    one.here("claim", "src/", session=alice, check=True)
    two.here("sync", check=True)
    hours.pass_by(LEASE + SKEW + 1)
    first = two.here("adopt", alice, "--json", session=bob)
    assert first.status == 1, first.out
    hours.pass_by(GRACE + 1)
    one.here("renew", session=alice, check=True)
    late = two.here("adopt", alice, "--json", session=bob)
    assert late.status == 1, late.out
    hours.pass_by(LEASE + SKEW + 1)
    two.here("sync", check=True)
    hours.pass_by(GRACE + 1)
    taken = two.here("adopt", alice, "--json", session=bob, check=True).json
    assert (taken["evidence"], taken["confirmed"], taken["scopes"]) == ("lease", True, ["src"])
    gone = one.here("renew", "--json", session=alice)
    assert gone.status == 1
    assert gone.json["reason"] in ("not_found", "not_mine")
