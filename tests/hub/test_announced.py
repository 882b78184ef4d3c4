"""A clone's announcement at the hub is pushed with a lease: another's under its id means a copy, or a restored disk."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from gitcoord.kernel import clone as clones
from gitcoord.kernel import whereabouts
from gitcoord.kernel.clock import RandomIds

from .conftest import CONFIRMED, Clone, Hub

if TYPE_CHECKING:
    from pathlib import Path


def identity(clone: Clone) -> str:
    """The clone's id."""
    return str(json.loads((clone.coord / "clone").read_text())["id"])


def renamed(answer: dict[str, object]) -> list[str]:
    """The warnings of an answer that say that the clone has a new id."""
    warnings = answer["warnings"]
    assert isinstance(warnings, list)
    return [text for text in warnings if "an id of its own now" in text]


def unnoticed_copy(clone: Clone, path: Path) -> Clone:
    """A copy of a clone that nothing on its own machine gives away, as containers of one image are."""
    copy = Clone(shutil.copytree(clone.top, path, symlinks=True), clone.env)
    file = copy.coord / "clone"
    file.write_text(json.dumps(json.loads(file.read_text()) | whereabouts.of(str(copy.coord))))
    return copy


@pytest.mark.slow
def test_a_restored_disk_keeps_what_it_announced(pair: tuple[Clone, Clone], hub: Hub, tmp_path: Path) -> None:
    """What only the announcement has is sequenced by whoever comes, though the clone that announced it forgot it."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    two.won(bob, "x")
    one.sync()
    backup, before = shutil.copytree(one.top / ".git", tmp_path / "backup", symlinks=True), identity(one)
    hub.hook("update", "test $1 != refs/coord/ledger")
    assert one.claim(alice, "g")["confirmed"] is False
    hub.hook("update", "")
    shutil.rmtree(one.top / ".git")
    shutil.copytree(backup, one.top / ".git", symlinks=True)
    dave = one.start("dave")
    assert len(renamed(one.claim(dave, "h"))) == 1
    two.sync()
    assert one.holders() == two.holders() == {"f": "alice", "g": "alice", "h": "dave", "x": "bob"}
    assert identity(one) != before
    assert renamed(one.claim(dave, "i")) == [], "it is said once"
    one.won(alice, "k")


def test_two_living_copies_are_two_clones(pair: tuple[Clone, Clone], hub: Hub, tmp_path: Path) -> None:
    """The one that meets the hub second takes a new id; the session is whoever's moves it first, and no other's."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    copy = unnoticed_copy(one, tmp_path / "copy")
    one.won(alice, "g")
    assert renamed(copy.sync())
    assert identity(copy) != identity(one)
    copy.won(alice, "h")
    one.sync()
    ran = one.here("claim", "i", session=alice)
    assert ran.status != 0
    assert "another clone" in ran.err
    assert one.here("commit", "-m", "x", session=alice).status != 0
    dave = one.start("dave")
    assert one.claim(dave, "h")["result"] == "refused"
    one.won(dave, "i")
    copy.sync()
    assert copy.holders() == one.holders() == {"f": "alice", "g": "alice", "h": "alice", "i": "dave"}


def test_both_copies_write_before_they_look(pair: tuple[Clone, Clone], hub: Hub, tmp_path: Path) -> None:
    """Nothing is confirmed for the second under the id of the first; what it asked for is its own once it moved."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    copy = unnoticed_copy(one, tmp_path / "copy")
    one.won(alice, "g")
    copy.claim(alice, "h")
    assert identity(copy) != identity(one)
    copy.won(alice, "i")
    one.sync()
    assert one.here("claim", "k", session=alice).status != 0


@pytest.mark.slow
@pytest.mark.parametrize("how", ["answer lost", "hub restored", "deleted", "record lost", "record damaged"])
def test_what_this_clone_pushed_is_its_own(pair: tuple[Clone, Clone], hub: Hub, how: str) -> None:
    """A lost answer, a hub that was restored, an announcement that somebody deleted and a lost record change no id."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    before, backup = identity(one), hub.save()
    one.won(alice, "g")
    if how == "answer lost":
        file = one.coord / "announced"
        known = json.loads(file.read_text())
        (there,) = known["hubs"].values()
        there["there"] = there["pushed"][0]
        file.write_text(json.dumps(known))
    elif how == "hub restored":
        hub.restore(backup)
    elif how == "record lost":
        (one.coord / "announced").unlink()
    elif how == "record damaged":
        (one.coord / "announced").write_bytes(b"\0" * 200)
    else:
        hub.git("update-ref", "-d", f"refs/coord/clones/{before}")
    two.won(bob, "x")
    answer = one.claim(alice, "h")
    assert (answer["confirmed"], renamed(answer), identity(one)) == (True, [], before)
    one.sync()
    one.won(alice, "i")
    assert identity(one) == before
    assert hub.ref(f"refs/coord/clones/{before}") == one.ledger


def test_a_lost_record_after_a_lost_race(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """What was announced and is sequenced again on another's has nothing that the ledger here lacks: it is our own."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    hub.hook("update", "test $1 != refs/coord/ledger")
    assert one.claim(alice, "g")["confirmed"] is False
    hub.hook("update", "")
    announced, before = one.ledger, identity(one)
    assert hub.ref(f"refs/coord/clones/{before}") == announced
    two.won(bob, "x")
    (one.coord / "announced").unlink()
    assert renamed(one.sync()) == []
    assert (identity(one), one.holders()) == (before, {"f": "alice", "g": "alice", "x": "bob"})
    assert announced not in one.git("rev-list", "--first-parent", one.ledger).split()
    one.won(alice, "h")
    assert hub.ref(f"refs/coord/clones/{before}") == one.ledger


def test_a_lost_record_hides_no_copy(pair: tuple[Clone, Clone], hub: Hub, tmp_path: Path) -> None:
    """What the ledger here does not have is another's, though nothing is on record of what this clone announced."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    copy = unnoticed_copy(one, tmp_path / "copy")
    one.won(alice, "g")
    (copy.coord / "announced").unlink()
    assert renamed(copy.sync())
    assert identity(copy) != identity(one)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["adopt", "child", "end", "handoff", "message"])
def test_a_session_under_a_former_id(pair: tuple[Clone, Clone], what: str) -> None:
    """Before it has moved it can end, be adopted or offered by its user, have a child, and hear of messages."""
    one, two = pair
    alice, bob, carol = one.start("alice"), one.start("bob"), two.start("carol")
    one.won(alice, "f")
    clones.rename(one.coord, RandomIds())
    if what == "end":
        one.here("end", session=alice, check=True)
    elif what == "adopt":
        one.here("adopt", alice, session=bob, check=True)
    elif what == "handoff":
        said = one.here("handoff", "offer", carol, "--from", alice, "--claim", "f", "--json", session=bob, check=True)
        two.sync()
        two.here("handoff", "accept", json.loads(said.out)["id"], session=carol, check=True)
    elif what == "child":
        one.here("start", "kid", "--parent", alice, session=bob, check=True)
    else:
        one.here("send", alice, "hello", session=bob, check=True)
        assert "message from bob" in one.here("whoami", session=alice, check=True).err
    one.sync()
    two.sync()
    holder = {"adopt": {"f": "bob"}, "end": {}, "handoff": {"f": "carol"}}.get(what, {"f": "alice"})
    assert one.holders() == two.holders() == holder


@pytest.mark.slow
@pytest.mark.parametrize("whose", ["this clone's", "a copy's"])
def test_a_former_id_is_no_witness_of_its_own_clock(pair: tuple[Clone, Clone], whose: str, tmp_path: Path) -> None:
    """What this clone wrote under a former id says nothing about its clock; what its copy wrote there does."""
    one, two = pair
    alice, carol = one.start("alice"), two.start("carol")
    one.won(alice, "f")
    copy = unnoticed_copy(one, tmp_path / "copy")
    before, former = one.confirmed, identity(one)
    one.won(alice, "g")
    two.won(carol, "h")
    reader = one if whose == "this clone's" else copy
    clones.rename(reader.coord, RandomIds())
    reader.git("update-ref", CONFIRMED, before)
    reader.sync()
    witnesses = json.loads((reader.coord / "clocks").read_text())
    assert (identity(two) in witnesses, former in witnesses) == (True, whose != "this clone's")
