"""What needs no verdict: logs, beats and notes travel with a sync, and what is over is dropped at the hub."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from gitcoord.kernel import lock
from gitcoord.ledger import event, position, sequence
from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import EventId, SessionId, StoreOid
from gitcoord.sync.agree import Agreement
from gitcoord.sync.exchange import exchange

from .peer import Peer

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import ManualClock

    from .conftest import Clone, Hub


def said_only(clone: Clone, session: str) -> str:
    """Put a message on a session's log that nothing has sequenced yet; returns its commit."""
    peer = Peer(clone)
    ref = f"refs/coord/sessions/{session}/log"
    tip = clone.ref(ref)
    number = sequence.read_event(peer.objects, StoreOid(tip)).number + 1
    draft = Draft("message", "hello", {"text": "hello"})
    content = event.encode(
        draft,
        session=SessionId(session),
        number=number,
        event_id=EventId("c" * 32),
        time=peer.time,
        mail="a@b",
        parent=StoreOid(tip),
    )
    oid = peer.objects.write("commit", content)
    clone.git("update-ref", ref, oid)
    return oid


def sessions_at(hub: Hub) -> dict[str, str]:
    """The refs of sessions at the hub, without what is common to all."""
    under = "refs/coord/sessions/"
    return {ref.removeprefix(under): oid for ref, oid in hub.refs(under).items()}


def test_a_log_goes_only_beyond_the_ledger(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A log that the ledger has whole is not sent; one that says more is, and the other clone can read it."""
    one, two = pair
    alice = one.start("alice")
    one.won(alice, "f")
    assert one.sync()["sent"] == 0
    assert sessions_at(hub) == {}
    oid = said_only(one, alice)
    assert one.sync()["sent"] == 1
    assert sessions_at(hub) == {f"{alice}/log": oid}
    assert one.sync()["sent"] == 0, "once is enough"
    two.sync()
    assert two.ref(f"refs/coord-remote/origin/incoming/sessions/{alice}/log") == oid
    assert two.sync()["sent"] == 0, "it is not the other clone's to send"


def test_what_only_the_ledger_has_of_a_log_is_read_there(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A message that was merged with a claim before any sync is heard, although its log never reached the hub."""
    one, two = pair
    one.git("config", "coord.autosync", "false")
    alice, bob = one.start("alice"), two.start("bob")
    two.sync()
    one.here("send", "all", "hello", session=alice, check=True)
    one.won(alice, "f")
    assert one.sync()["sent"] == 0
    two.sync()
    assert not two.ref(f"refs/coord-remote/origin/incoming/sessions/{alice}/log")
    (message,) = two.here("inbox", "--json", session=bob, check=True).json["messages"]
    assert message["subject"] == "hello"


def test_beats_and_what_is_over(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A beat reaches the hub with a sync; when its session has ended, its refs at the hub are dropped by anybody."""
    one, two = pair
    alice = one.start("alice")
    one.won(alice, "f")
    one.here("beat", "coding", session=alice, check=True)
    both = [f"{alice}/beat", f"{alice}/log"]  # what it said is on its log, too
    assert one.sync()["sent"] == 2
    assert list(sessions_at(hub)) == both
    two.sync()
    assert list(sessions_at(hub)) == both, "the living keep theirs"
    one.here("end", session=alice, check=True)
    assert two.sync()["dropped"] == 2
    assert sessions_at(hub) == {}
    assert one.sync()["dropped"] == 0


def test_a_log_that_says_more_is_kept(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Of a session that has ended, what the ledger does not have of its log stays at the hub."""
    one, two = pair
    alice = one.start("alice")
    one.won(alice, "f")
    one.here("end", session=alice, check=True)
    peer, ref = Peer(two), f"refs/coord/sessions/{alice}/log"
    one.git("update-ref", ref, position.read(sequence.load(peer.objects, StoreOid(peer.look())), SessionId(alice)).tip)
    oid = said_only(one, alice)
    one.git("push", "-q", "origin", ref)
    assert two.sync()["dropped"] == 0
    assert sessions_at(hub) == {f"{alice}/log": oid}


def test_nothing_new_moves_nothing(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A second sync pushes nothing."""
    one, _ = pair
    one.won(one.start("alice"), "f")
    one.sync()
    before = hub.refs("refs/")
    hub.hook("pre-receive", "exit 1")
    assert one.sync()["rounds"] == 0
    assert hub.refs("refs/") == before


def notes(clone: Clone, commit: str) -> set[str]:
    """The lines of a commit's note."""
    return set(clone.git("notes", "--ref=coord", "show", commit, check=False).splitlines())


def test_notes_are_merged_by_union(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Notes of two clones on the same commit, and on others, are all there in both afterwards."""
    one, two = pair
    blob = one.git("hash-object", "-w", "--stdin", data=b"x")
    assert two.git("hash-object", "-w", "--stdin", data=b"x") == blob
    only = one.git("hash-object", "-w", "--stdin", data=b"y")
    one.git("notes", "--ref=coord", "add", "-m", "from one", blob)
    one.git("notes", "--ref=coord", "add", "-m", "only one", only)
    two.git("notes", "--ref=coord", "add", "-m", "from two", blob)
    one.sync()
    assert two.sync()["notes"] is True
    one.sync()
    for clone in (one, two):
        assert notes(clone, blob) == {"from one", "from two"}
        assert notes(clone, only) == {"only one"}
    assert one.ref("refs/notes/coord") == two.ref("refs/notes/coord") == hub.ref("refs/notes/coord")


def test_a_hub_that_lost_its_notes(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Ours are pushed back."""
    one, _ = pair
    blob = one.git("hash-object", "-w", "--stdin", data=b"x")
    one.git("notes", "--ref=coord", "add", "-m", "kept", blob)
    one.sync()
    one.sync()
    hub.git("update-ref", "-d", "refs/notes/coord")
    one.sync()
    assert hub.ref("refs/notes/coord") == one.ref("refs/notes/coord")


def test_notes_where_only_branches_are_accepted(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """With coord.refPrefix notes stand below the prefix at the hub, and are exchanged like everything else."""
    one, two = pair
    hub.hook("update", "case $1 in refs/heads/*|refs/tags/*) exit 0;; esac; exit 1")
    for clone in (one, two):
        clone.git("config", "coord.refPrefix", "refs/heads/coord")
        clone.here("init", "--hub", "origin", check=True)
    blob = one.git("hash-object", "-w", "--stdin", data=b"x")
    one.git("notes", "--ref=coord", "add", "-m", "from one", blob)
    one.sync()
    two.sync()
    assert hub.ref("refs/heads/coord/notes") == one.ref("refs/notes/coord") == two.ref("refs/notes/coord")


@pytest.mark.parametrize("what", ["a tree of code", "a blob"])
def test_what_is_not_notes_is_left_alone(what: str, pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A foreign object in the place of the notes is named with the command that removes it, and never taken over."""
    one, _ = pair
    blob = one.git("hash-object", "-w", "--stdin", data=b"x")
    one.git("notes", "--ref=coord", "add", "-m", "ours", blob)
    before = one.ref("refs/notes/coord")
    code = one.git("commit-tree", "-m", "code", one.git("mktree", data=f"100644 blob {blob}\ta.py\n".encode()))
    foreign = code if what == "a tree of code" else blob
    one.git("push", "-q", "--no-verify", "origin", f"{foreign}:refs/notes/coord")
    warnings = one.here("sync", "--json", check=True).json["warnings"]
    assert [text for text in warnings if "refs/notes/coord are not notes of gitcoord" in text]
    assert one.ref("refs/notes/coord") == before
    assert hub.ref("refs/notes/coord") == foreign
    one.git("push", "-q", "--no-verify", "origin", ":refs/notes/coord")
    one.sync()
    assert hub.ref("refs/notes/coord") == before


def test_a_read_only_hub(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """With --read-only the hub's claims are obeyed, and nothing of this clone reaches it."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    two.git("config", "coord.hubReadOnly", "true")
    before = hub.refs("refs/")
    assert two.claim(bob, "f")["result"] == "refused"
    answer = two.claim(bob, "g")
    assert (answer["result"], answer["confirmed"]) == ("won", False)
    two.here("beat", "x", session=bob, check=True)
    two.git("notes", "--ref=coord", "add", "-m", "mine", two.write("blob", b"x"))
    two.sync()
    assert hub.refs("refs/") == before
    assert json.loads((two.coord / "clone").read_text())["id"]


HERE = "this clone is read-only at the hub (coord.hubReadOnly)"


def test_who_only_reads_the_hub_is_told_that_nobody_hears(pair: tuple[Clone, Clone]) -> None:
    """A claim and a message stay in that clone, and each says so; what only looks, and a claim refused, does not."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    said = "no other clone will see this"
    two.git("config", "coord.hubReadOnly", "true")
    assert said in two.here("claim", "g", session=bob).err
    assert said in two.here("send", "alice", "hello", session=bob).err
    assert said in two.here("send", "all", "hello", "--json", session=bob).json["warnings"][0]
    for words in (("task", "add", "a title"), ("state", "set", "plan", "goal", "1"), ("run", "slot:x", "--", "true")):
        assert two.here(*words, "--json", session=bob).json["warnings"].count(f"{HERE}: {said}") == 1
    assert said not in two.here("state", "get", "plan", "goal", session=bob).err
    assert said not in two.here("claim", "f", session=bob).err
    assert two.here("claims", session=bob).err == ""
    assert said not in one.here("send", "all", "hello", session=alice).err


def test_a_sync_with_nothing_new_is_one_fetch(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Ledger, logs and notes come over one connection, and nothing is pushed."""
    one, _ = pair
    one.won(one.start("alice"), "f")
    one.sync()
    log = hub.top.parent / "connections"
    for service in ("upload-pack", "receive-pack"):
        program = hub.top.parent / service
        program.write_text(f'#!/bin/sh\necho {service} >>{log}\nexec git-{service} "$@"\n')
        program.chmod(0o755)
        one.git("config", f"remote.origin.{service.replace('-', '')}", str(program))
    one.sync()
    assert log.read_text().split() == ["upload-pack"]


def age(clone: Clone, seconds: int) -> None:
    """Let the last exchange be so long ago."""
    then = time.time() - seconds
    os.utime(clone.coord / "synced", (then, then))


def test_what_is_said_goes_out_by_itself(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """After coord.syncEvery any command takes it along, also one that only looks; not before, and not without autosync.

    What others said comes in the same way, and who is meant is told.
    """
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    two.won(bob, "g")
    one.sync()

    def gone_out(seconds: int) -> bool:
        age(one, seconds)
        one.here("claims", check=True)
        return f"{alice}/log" in sessions_at(hub)

    one.here("send", "all", "hello", session=alice, check=True)
    assert not gone_out(50)
    one.git("config", "coord.autosync", "false")
    assert not gone_out(70)
    one.git("config", "coord.autosync", "true")
    one.git("config", "coord.syncEvery", "10m")
    assert not gone_out(590)
    assert gone_out(610)
    age(two, 70)
    two.here("claims", check=True)
    assert "message from alice: hello" in two.here("whoami", session=bob, check=True).err


def test_a_slow_hub_is_spoken_of(pair: tuple[Clone, Clone], tmp_path: Path) -> None:
    """On a terminal, when a sync takes more than a second, a line says with whom; it is gone at the end."""
    one, _ = pair
    slow = tmp_path / "slow"
    slow.write_text('#!/bin/sh\nsleep 1.5\nexec git-upload-pack "$@"\n')
    slow.chmod(0o755)
    one.git("config", "remote.origin.uploadpack", str(slow))
    leader, follower = pty.openpty()
    with subprocess.Popen(
        ["git-coord", "sync"], cwd=one.top, env=one.env, stdout=subprocess.DEVNULL, stderr=follower
    ) as program:
        os.close(follower)
        assert program.wait(60) == 0
    said = os.read(leader, 4096).decode()
    os.close(leader)
    assert "\rtalking to origin ... 1 s" in said
    assert said.endswith("\r\x1b[K")


def test_what_is_urgent_goes_out_at_once(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """An urgent message takes everything along, however short a time ago the last exchange was."""
    one, _ = pair
    alice = one.start("alice")
    one.won(alice, "f")
    one.sync()
    one.here("send", "all", "when you have time", session=alice, check=True)
    assert sessions_at(hub) == {}
    one.here("send", "all", "stop!", "--priority", "urgent", session=alice, check=True)
    assert list(sessions_at(hub)) == [f"{alice}/log"]


def test_announcements_of_long_ago_are_dropped(pair: tuple[Clone, Clone], hub: Hub, clock: ManualClock) -> None:
    """By anybody, after a day, once the ledger has all that is in them; one that holds something else stays."""
    one, two = pair
    one.won(one.start("alice"), "f")
    two.won(two.start("bob"), "g")
    peer = Peer(two)
    theirs = "refs/coord/clones/eeeeeeeeeeeeeeee"
    first = peer.session()
    claimed = peer.event(first.session, "claim", {"scopes": [{"directory": "h"}]}, first)
    peer.push(peer.honest(StoreOid(peer.look()), first, claimed), theirs)
    opened = two.workspace(clock)
    agreement = opened.agreement
    assert isinstance(agreement, Agreement)

    def announced() -> set[str]:
        exchange(agreement, opened.place.git, None)
        return set(hub.refs("refs/coord/clones/"))

    assert len(announced()) == 3
    clock.pass_by(25 * 3600)
    assert announced() == {theirs}
    opened.ledger.store.close()


def test_who_waits_for_another_process_is_not_told_that_the_hub_is_away(pair: tuple[Clone, Clone]) -> None:
    """One process of a clone talks to the hub at a time: the other says so and names it, and the hub is asked again."""
    one, _ = pair
    with lock.held(one.coord / "hub-lock", 1):
        ran = one.here("sync", "--timeout", "1")
    told = f"another gitcoord process (pid {os.getpid()}) has been talking to the hub for 1 seconds"
    assert ran.status == 3
    assert f"error: no agreement with the hub origin yet: {told}" in ran.err
    assert not (one.coord / "hub-away").exists()
