"""Handoffs across machines: the work is whole with one session, whatever a clone believed while the hub was away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

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


@pytest.mark.slow
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


@pytest.mark.slow
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


def at_hub(hub: Hub) -> list[str]:
    """The snapshots that were handed over, at the hub."""
    return hub.git("for-each-ref", "--format=%(refname)", "refs/coord/handed").split()


def test_uncommitted_work_travels_with_its_offer(hub: Hub, pair: tuple[Clone, Clone]) -> None:
    """What the offer took along is in the taker's worktree; secrets stay and are named; the hub forgets it."""
    hours = Hours()
    one, two = (Timed(clone, hours) for clone in pair)
    alice, bob = one.start("alice"), two.start("bob")
    for name in ("new.txt", ".env", "key.pem"):
        (pair[0].top / name).write_text(f"{name} of alice\n")
    two.here("sync", check=True)
    one.here("claim", "new.txt", session=alice, check=True)
    one.here("sync", check=True)
    made = one.here("handoff", "offer", bob, "--include", "key.pem", "--json", session=alice, check=True).json
    assert any(".env (secret); with --include .env it is" in text for text in made["warnings"]), made["warnings"]
    assert at_hub(hub) == [f"refs/coord/handed/{made['snapshot']}"]
    two.here("sync", check=True)
    taken = two.here("handoff", "accept", made["id"], "--json", session=bob, check=True).json
    assert (taken["warnings"], taken["work"]["snapshot"]) == ([], made["snapshot"])
    assert (pair[1].top / "new.txt").read_text() == "new.txt of alice\n"
    assert (pair[1].top / "key.pem").exists(), "it was asked for"
    assert not (pair[1].top / ".env").exists()
    listed = two.here("snapshot", "--list", "--json", check=True).json["snapshots"]
    assert [item["id"] for item in listed] == [made["snapshot"]], "it stays here, whatever becomes of the hub's"
    one.here("sync", check=True)
    assert at_hub(hub), "whoever accepted it may be away for a day"
    hours.pass_by(24 * 3600 + 60)
    one.here("sync", session=alice, check=True)
    assert at_hub(hub) == []


def test_uncommitted_work_waits_for_the_hub(hub: Hub, pair: tuple[Clone, Clone]) -> None:
    """Offered while the hub is away it goes there with the next sync; other snapshots never do."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.sync()
    (one.top / "first.txt").write_text("first\n")
    do(one, alice, "snapshot")
    (one.top / "new.txt").write_text("new\n")
    one.won(alice, "new.txt")
    hub.away()
    made = do(one, alice, "handoff", "offer", "next")
    assert any("git coord sync brings it there" in text for text in made["warnings"])
    hub.back()
    one.forget_away()
    one.sync()
    assert at_hub(hub) == [f"refs/coord/handed/{made['snapshot']}"]
    two.sync()
    two.git("config", "coord.snapshotMax", "1")
    taken = do(two, bob, "handoff", "accept", made["id"])
    assert any("larger than coord.snapshotMax" in text for text in taken["warnings"]), taken["warnings"]
    assert not (two.top / "new.txt").exists()


def adopted(two: Timed, hours: Hours, gone: str, me: str) -> dict[str, Any]:
    """Adopt a session of another clone when its lease, skew and grace are over; returns the answer."""
    two.here("sync", check=True)
    hours.pass_by(LEASE + SKEW + 1)
    early = two.here("adopt", gone, session=me)
    assert (early.status, "its lease has run out, and it may still come back" in early.err) == (1, True), early.err
    hours.pass_by(GRACE + 1)
    return two.here("adopt", gone, "--json", session=me, check=True).json


def test_adopt_brings_uncommitted_work_of_a_clone_on_this_machine(pair: tuple[Clone, Clone]) -> None:
    """Staged and unstaged apart, secrets left out and named; nothing of that clone is touched."""
    hours = Hours()
    one, two = (Timed(clone, hours) for clone in pair)
    alice, bob = one.start("alice"), two.start("bob")
    for name in ("staged.txt", "new.txt", ".env"):
        (pair[0].top / name).write_text(f"{name} of alice\n")
    pair[0].git("add", "staged.txt")
    one.here("claim", "new.txt", session=alice, check=True)
    before = pair[0].git("status", "--porcelain"), pair[0].git("for-each-ref"), sorted((pair[0].coord).iterdir())
    work = adopted(two, hours, alice, bob)["work"]
    assert sorted(work["files"]) == ["new.txt", "staged.txt"]
    assert [(one["path"], one["why"]) for one in work["left"]] == [(".env", "secret")]
    assert pair[1].git("status", "--porcelain").splitlines() == ["A  staged.txt", "?? new.txt"]
    assert (pair[1].top / "staged.txt").read_text() == "staged.txt of alice\n"
    assert (
        pair[0].git("status", "--porcelain"),
        pair[0].git("for-each-ref"),
        sorted(pair[0].coord.iterdir()),
    ) == before
    assert two.here("snapshot", "--list", "--json", check=True).json["snapshots"], "it stays here"


def test_adopt_of_a_session_out_of_reach_says_where_its_work_is(pair: tuple[Clone, Clone]) -> None:
    """Another clone in the place of its clone is not believed to be it."""
    hours = Hours()
    one, two = (Timed(clone, hours) for clone in pair)
    alice, bob = one.start("alice"), two.start("bob")
    (pair[0].top / "new.txt").write_text("new\n")
    one.here("claim", "new.txt", session=alice, check=True)
    record = pair[0].coord / "clone"
    record.write_text(record.read_text().replace(json.loads(record.read_text())["id"], "0" * 16))
    answer = adopted(two, hours, alice, bob)
    assert (answer["scopes"], answer["work"]["files"]) == (["new.txt"], [])
    (said,) = [text for text in answer["warnings"] if "did not commit" in text]
    assert str(pair[0].top) in said
    assert f"git coord handoff offer {bob}" in said
    assert not (pair[1].top / "new.txt").exists()


def test_adopt_of_a_session_out_of_reach_brings_what_it_offered(pair: tuple[Clone, Clone]) -> None:
    """The snapshot of an offer that nobody accepted is at the hub; what came after it did not come along."""
    hours = Hours()
    one, two = (Timed(clone, hours) for clone in pair)
    alice, bob = one.start("alice"), two.start("bob")
    (pair[0].top / "new.txt").write_text("offered\n")
    one.here("claim", "new.txt", session=alice, check=True)
    one.here("handoff", "offer", "next", session=alice, check=True)
    (pair[0].top / "new.txt").write_text("later\n")
    pair[0].top.rename(pair[0].top.with_name("away"))
    answer = adopted(two, hours, alice, bob)
    assert (pair[1].top / "new.txt").read_text() == "offered\n"
    assert any("is what alice offered last" in text for text in answer["warnings"]), answer["warnings"]
