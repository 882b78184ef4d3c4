"""Attached files at a hub: no push of the ledger carries them, and what did not get there is said."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest
from conftest import ManualClock

from gitcoord.domain.message import files
from gitcoord.domain.message.sending import LONG
from gitcoord.policy.ids import StoreOid
from gitcoord.sync import files as sending
from gitcoord.sync import large
from gitcoord.sync.agree import Agreement

from .peer import Peer

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Clone, Hub

REFUSING = "case $1 in refs/coord/files/*) exit 1;; esac\n"


def attached(clone: Clone, session: str) -> dict[str, bool]:
    """The files of all messages of a session, and whether they have arrived."""
    shown = clone.here("inbox", "--all", "--json", session=session, check=True).json["messages"]
    return {file["name"]: file["here"] for message in shown for file in message["attached"]}


def test_no_push_of_the_ledger_carries_files(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A claim after a message with a file is confirmed without it; sync says what is missing until it is there."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    two.won(bob, "b")
    one.won(alice, "a")
    hub.hook("update", REFUSING)
    (one.top / "big").write_bytes(b"picture")
    blob = one.git("hash-object", "big")
    hub.away()
    one.here("send", "bob", "look", "--attach", "big", session=alice, check=True)
    hub.back()
    one.forget_away()
    one.won(alice, "c")
    assert hub.run("git", "cat-file", "-e", blob, check=False).status != 0
    ran = one.here("sync", "--json")
    assert (ran.status, ran.json["reason"]) == (3, "undelivered")
    assert [item["ref"] for item in ran.json["undelivered"]] == [f"refs/coord/files/{alice}"]
    two.sync()
    assert attached(two, bob) == {"big": False}
    assert "not here yet" in two.here("inbox", "--all", session=bob).out
    hub.hook("update", "")
    one.sync()
    two.sync()
    assert attached(two, bob) == {"big": True}
    assert two.git("cat-file", "blob", blob) == "picture"


def test_files_outlive_their_session(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Nothing is lost when the sender ends before its files were delivered."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    two.won(bob, "b")
    one.won(alice, "a")
    (one.top / "note").write_text("text")
    one.here("send", "bob", "look", "--attach", "note", session=alice, check=True)
    one.here("end", session=alice, check=True)
    one.here("gc", check=True)
    one.sync()
    two.sync()
    assert attached(two, bob) == {"note": True}


@pytest.mark.slow
def test_files_that_do_not_exist_stop_nobody(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A message that names more files than there are is shown, and the files of others arrive."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    two.won(bob, "b")
    one.won(alice, "a")
    peer = Peer(one)
    first = peer.session()
    named = [{"name": f"f{number}", "size": 1, "object": f"{number:040x}"} for number in range(1, 900)]
    words = peer.event(first.session, "message", {"to": {"all": ""}, "subject": "s", "attached": named}, first)
    peer.push(peer.honest(StoreOid(peer.look()), first, words), "refs/coord/ledger")
    blocking = peer.raw("commit", f"tree {'0' * 40}\n".encode())
    peer.clone.git("push", "-q", "origin", f"+{blocking}:refs/coord/files/{first.session}", check=False)
    (one.top / "note").write_text("text")
    one.here("send", "bob", "look", "--attach", "note", session=alice, check=True)
    one.sync()
    assert two.here("sync", "--json").status == 0
    shown = attached(two, bob)
    assert shown["note"]
    assert not shown["f1"]


def send(clone: Clone, session: str, name: str) -> None:
    """Send everybody a file that holds its own name."""
    (clone.top / name).write_text(name)
    clone.here("send", "all", name, "--attach", name, session=session, check=True)


def working(pair: tuple[Clone, Clone]) -> tuple[str, str]:
    """A session in each clone, known to the hub."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    two.won(bob, "b")
    one.won(alice, "a")
    return alice, bob


def test_no_command_waits_for_files(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """What is due goes by itself, in a process of its own: the command has ended while the hub still takes them in."""
    one, _ = pair
    alice, _ = working(pair)
    gate = hub.top / "gate"
    hub.hook("update", f"case $1 in refs/coord/files/*) while [ ! -e {gate} ]; do sleep 0.1; done;; esac\n")
    send(one, alice, "note")
    (one.coord / "synced").unlink(missing_ok=True)
    one.run("git-coord", "claims")
    assert f"refs/coord/files/{alice}" not in hub.refs()
    gate.touch()
    until = time.monotonic() + 60
    while f"refs/coord/files/{alice}" not in hub.refs() and time.monotonic() < until:
        time.sleep(0.1)
    assert hub.refs()[f"refs/coord/files/{alice}"] == one.refs()[f"refs/coord/files/{alice}"]


@pytest.mark.slow
def test_no_command_waits_for_a_large_log(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Long texts go like files, before the next push of the ledger has to carry them; other logs go with the sync."""
    one, two = pair
    alice, bob = working(pair)
    carol = one.start("carol")
    one.won(carol, "k")
    log, other = (f"refs/coord/sessions/{session}/log" for session in (alice, carol))
    before, gate = hub.refs(), hub.top / "gate"
    hub.hook("update", f"case $1 in {log}) while [ ! -e {gate} ]; do sleep 0.1; done;; esac\n")
    hub.away()
    for number in range(2):
        one.here("send", "all", f"text {number}", "-m", "long " * 30_000, session=alice, check=True)
    one.here("send", "all", "short", session=carol, check=True)
    hub.back()
    one.forget_away()
    (one.coord / "synced").unlink(missing_ok=True)
    one.run("git-coord", "claims")
    assert hub.refs().get(log) == before.get(log)
    assert hub.refs()[other] == one.refs()[other]
    gate.touch()
    until = time.monotonic() + 60
    while hub.refs().get(log) != one.refs()[log] and time.monotonic() < until:
        time.sleep(0.1)
    two.sync()
    shown = two.here("inbox", "--all", "--json", session=bob, check=True).json["messages"]
    assert sorted(item["subject"] for item in shown) == ["short", "text 0", "text 1"]


@pytest.mark.slow
@pytest.mark.parametrize("by_itself", [True, False])
def test_a_claim_does_not_wait_for_what_piled_up(pair: tuple[Clone, Clone], hub: Hub, by_itself: bool) -> None:
    """Where the hub is back, the first claim is answered as provisional at once, and confirmed behind the long texts.

    What another clone claimed meanwhile is known before that. Where nothing is sent by itself the claim carries it all.
    """
    one, two = pair
    alice, bob = working(pair)
    gate = hub.top / "gate"
    hub.hook("update", f"case $1 in */sessions/{alice}/log) while [ ! -e {gate} ]; do sleep 0.1; done;; esac\n")
    hub.away()
    for number in range(5):
        one.here("send", "all", f"text {number}", "-m", "x" * (LONG * 7), session=alice, check=True)
    hub.back()
    two.won(bob, "theirs")
    os.utime(one.coord / "hub-away", (0, 0))
    one.git("config", "coord.autosync", str(by_itself).lower())
    assert one.here("claim", "theirs", session=alice).status == 1
    said = one.run("git-coord", "claim", "mine", "--json", "--session", alice)
    assert (said.status, said.json["confirmed"], said.json["hub"]) == (0, not by_itself, "ok")
    if not by_itself:
        return
    assert large.FIRST in said.json["warnings"]
    gate.touch()
    until = time.monotonic() + 60
    while (one.coord / "hub-owed").exists() and time.monotonic() < until:
        time.sleep(0.1)
    two.sync()
    (held,) = two.here("claims", "mine", "--json", check=True).json["claims"]
    assert (held["session"], held["confirmed"]) == (alice, True)


@pytest.mark.slow
def test_a_long_text_does_not_wait_for_the_next_sync(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Or the session's next claim would have to carry it."""
    one, _ = pair
    alice, _ = working(pair)
    one.sync()
    log = f"refs/coord/sessions/{alice}/log"
    for size, sent in ((LONG, False), (LONG + 1, True)):
        one.run("git-coord", "send", "all", "text", "-m", "x" * size, GIT_COORD_SESSION=alice)
        assert (hub.refs().get(log) == one.refs()[log]) == sent


def test_nothing_at_the_hub_is_lost_where_a_disk_was_restored(
    pair: tuple[Clone, Clone], tmp_path: Path, hub: Hub
) -> None:
    """What the hub has of a session's files, and what is new here, stand there together afterwards."""
    one, two = pair
    alice, bob = working(pair)
    send(one, alice, "before")
    one.sync()
    shutil.copytree(one.top / ".git", tmp_path / "aside", symlinks=True)
    send(one, alice, "forgotten")
    one.sync()
    shutil.rmtree(one.top / ".git")
    shutil.copytree(tmp_path / "aside", one.top / ".git", symlinks=True)
    send(one, alice, "after")
    one.sync()
    two.sync()
    assert attached(two, bob) == {"before": True, "forgotten": True, "after": True}
    names = hub.git("ls-tree", "-r", "--name-only", f"refs/coord/files/{alice}").splitlines()
    assert sorted(name.partition("+")[2] for name in names) == ["after", "before", "forgotten"]


def test_garbage_in_their_place_at_the_hub_gives_way(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Where the hub has something under a session's name that is not its files, the files replace it."""
    one, two = pair
    alice, bob = working(pair)
    send(one, alice, "note")
    peer = Peer(one)
    peer.push(peer.raw("blob", b"garbage"), f"refs/coord/files/{alice}")
    one.sync()
    two.sync()
    assert attached(two, bob) == {"note": True}


def test_a_damaged_ref_of_files_stops_nobody(pair: tuple[Clone, Clone]) -> None:
    """As a power cut leaves it: the next message with a file is sent, and what the hub has is taken up again."""
    one, two = pair
    alice, bob = working(pair)
    send(one, alice, "before")
    one.sync()
    (one.top / ".git" / "refs" / "coord" / "files" / alice).write_bytes(b"\0" * 41)
    send(one, alice, "after")
    one.sync()
    two.sync()
    assert attached(two, bob) == {"before": True, "after": True}


def test_files_are_kept_for_a_month_after_the_end(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """And not longer, neither here nor at the hub."""
    one, _ = pair
    alice, _ = working(pair)
    send(one, alice, "note")
    one.here("end", session=alice, check=True)
    one.sync()
    clock = ManualClock()
    clock.pass_by(files.KEPT - 3600)
    for kept in (True, False):
        workspace = one.workspace(clock)
        assert isinstance(workspace.agreement, Agreement)
        sending.exchange(workspace, workspace.agreement)
        workspace.ledger.store.close()
        assert any(ref.startswith("refs/coord/files/") for ref in one.refs()) == kept
        assert any(ref.startswith("refs/coord/files/") for ref in hub.refs()) == kept
        clock.pass_by(2 * 3600)
