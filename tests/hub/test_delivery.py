"""Refs in the way at the hub: they stop nobody, and what did not get there is named with the command that helps."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Clone, Hub


def in_the_way(hub: Hub, *refs: str) -> None:
    """Put refs at the hub, as anybody who may push there can; what stands at their names is lost."""
    commit = hub.git("commit-tree", "-m", "x", hub.git("mktree", data=b""))
    for ref in refs:
        for name in [*hub.refs(ref.rpartition("/")[0]), *hub.refs(ref)]:
            hub.git("update-ref", "-d", name)
        hub.git("update-ref", ref, commit)


def test_a_ref_in_the_way_of_a_log_is_named(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """The log of another session arrives in the same sync; the hint that the answer gives brings the rest."""
    one, two = pair
    alice, carol, bob = one.start("alice"), one.start("carol"), two.start("bob")
    two.won(bob, "b")
    one.won(alice, "a")
    one.won(carol, "c")
    blocking = f"refs/coord/sessions/{alice}/log/it's"
    in_the_way(hub, blocking)
    one.here("send", "bob", "please stop", session=alice, check=True)
    one.here("send", "bob", "go on", session=carol, check=True)
    ran = one.here("sync", "--json")
    assert ran.status == 3
    (undelivered,) = ran.json["undelivered"]
    assert (undelivered["ref"], undelivered["in_the_way"]) == (f"refs/coord/sessions/{alice}/log", [blocking])
    assert blocking in ran.json["message"]
    assert f"refs/coord/sessions/{carol}/log" in hub.refs()
    two.sync()
    assert [item["subject"] for item in two.here("inbox", "--json", session=bob).json["messages"]] == ["go on"]
    one.run(*shlex.split(ran.json["hint"]))
    assert one.sync()["undelivered"] == []
    two.sync()
    assert [item["subject"] for item in two.here("inbox", "--json", session=bob).json["messages"]] == ["please stop"]


@pytest.mark.slow
@pytest.mark.parametrize("blocking", ["clones/{clone}/x", "clones"])
def test_a_ref_in_the_way_of_the_announcement_stops_no_claim(
    pair: tuple[Clone, Clone], hub: Hub, blocking: str
) -> None:
    """Claims are confirmed all the same, and sync names the ref."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "a")
    (announcement,) = [ref for ref, oid in hub.refs("refs/coord/clones/").items() if oid == one.ledger]
    blocking = "refs/coord/" + blocking.format(clone=announcement.rpartition("/")[2])
    in_the_way(hub, blocking)
    two.won(bob, "b")
    one.won(alice, "c")
    hub.away()
    one.claim(alice, "d")
    hub.back()
    ran = one.here("sync", "--json")
    assert (ran.status, ran.json["reason"]) == (3, "undelivered")
    assert {"ref": announcement, "in_the_way": [blocking]}.items() <= ran.json["undelivered"][0].items()
    assert one.ledger == hub.ledger


def test_a_ref_in_the_way_of_the_ledger_is_no_agreement(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """What is provisional stays so, and sync does not speak of a lock that somebody left."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "a")
    in_the_way(hub, "refs/coord/ledger/x")
    ran = one.here("sync", "--json")
    assert ran.status == 3
    assert ran.json["undelivered"][0]["in_the_way"] == ["refs/coord/ledger/x"]
    assert ".lock" not in ran.json["message"]


def test_refs_of_another_shape_are_no_sign_of_life(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A ref below the name of a session's log does not make that session look alive."""
    one, two = pair
    alice = one.start("alice")
    one.won(alice, "a")
    two.sync()
    before = next(
        item["last_seen"] for item in two.here("sessions", "--json").json["sessions"] if item["name"] == "alice"
    )
    empty = hub.git("mktree", data=b"")
    commit = hub.git("commit-tree", "-m", "x", empty, GIT_COMMITTER_DATE="2090-01-01T00:00:00Z")
    hub.git("update-ref", f"refs/coord/sessions/{alice}/beat/x", commit)
    two.sync()
    after = next(
        item["last_seen"] for item in two.here("sessions", "--json").json["sessions"] if item["name"] == "alice"
    )
    assert after == before


def test_notes_that_the_hub_refuses_are_named(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A hub that takes the ledger and not the notes is not in agreement."""
    one, _ = pair
    one.won(one.start("alice"), "a")
    hub.hook("update", 'case $1 in refs/notes/*) echo "no notes here" >&2; exit 1;; esac\n')
    one.git("notes", "--ref=coord", "add", "-m", "mine", one.write("blob", b"x"))
    ran = one.here("sync", "--json")
    assert (ran.status, ran.json["undelivered"][0]["ref"]) == (3, "refs/notes/coord")
    assert "no notes here" in ran.json["message"]
