"""Mail over a hub: once for each reader, also in a clone made anew, and whatever somebody puts under the log refs."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from support.moulds import press
from support.programs import sealed
from support.torture import every

from gitcoord.ledger import event, position, sequence
from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import EventId, SessionId, StoreOid

from .conftest import Clone
from .peer import MAIL, Peer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gitcoord.ledger.event import Event

    from .conftest import Hub, Mould


def mail(clone: Clone, who: str, *words: str) -> list[dict[str, Any]]:
    """The messages that the inbox answers."""
    out = clone.here("inbox", *words, "--json", session=who, check=True).out
    out.encode()
    found = json.loads(out)["messages"]
    assert isinstance(found, list)
    return found


def subjects(clone: Clone, who: str, *words: str) -> list[str]:
    """Their subjects."""
    return [item["subject"] for item in mail(clone, who, *words)]


def send(clone: Clone, who: str, to: str, subject: str) -> None:
    """Send, and let the hub know."""
    clone.here("send", to, subject, session=who, check=True)
    clone.sync()


def met(one: Clone, two: Clone) -> tuple[str, str]:
    """Sessions alice and bob, a clone each, that know of each other."""
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "a")
    two.won(bob, "b")
    one.sync()
    two.sync()
    return alice, bob


def test_across_clones_once_and_in_order(pair: tuple[Clone, Clone]) -> None:
    """What one clone's session says reaches the other's with the next syncs, and is told to it; and back."""
    one, two = pair
    alice, bob = met(one, two)
    for number in range(3):
        one.here("send", "bob", str(number), session=alice, check=True)
    one.sync()
    two.sync()
    assert "message from alice: 0" in two.here("whoami", session=bob, check=True).err
    assert subjects(two, bob) == ["0", "1", "2"]
    send(two, bob, "alice", "back")
    one.sync()
    assert subjects(one, alice) == ["back"]
    one.won(alice, "more")  # merges the messages into the ledger: they come a second way
    two.sync()
    assert subjects(two, bob) == []


@pytest.mark.slow
def test_resumed_in_a_fresh_clone(pair: tuple[Clone, Clone], newcomer: Callable[[str], Clone]) -> None:
    """A reader whose clone is lost goes on in a new one where it stopped: each message is seen once over its lives."""
    one, two = pair
    alice, bob = met(one, two)
    seen: list[str] = []
    for number in range(3):
        send(one, alice, "bob", f"early {number}")
    two.sync()
    seen += subjects(two, bob, "--limit", "2")
    two.here("end", session=bob, check=True)
    two.sync()
    one.sync()
    send(one, alice, "bob", "while nobody was there")
    three = newcomer("three")
    three.sync()
    again = three.here("start", "--resume", bob, "--json", check=True).json["session"]
    seen += subjects(three, again)
    three.sync()
    one.sync()
    send(one, alice, "bob", "late")
    three.sync()
    seen += subjects(three, again)
    assert seen == ["early 0", "early 1", "early 2", "while nobody was there", "late"]
    assert subjects(three, again) == []


@pytest.mark.slow
def test_a_clone_made_anew_remembers_what_namesakes_read(
    pair: tuple[Clone, Clone], newcomer: Callable[[str], Clone]
) -> None:
    """The next of a name, wherever it starts, gets what the one before it had not read, and nothing else."""
    one, two = pair
    alice, bob = met(one, two)
    send(one, alice, "bob", "read")
    two.sync()
    assert subjects(two, bob) == ["read"]
    send(one, alice, "bob", "not read")
    two.here("end", session=bob, check=True)
    two.sync()
    three = newcomer("three")
    three.sync()
    assert subjects(three, three.start("bob")) == ["not read"]


# --- what a peer may push


class Mailers:
    """Alice and bob in clones of their own, and a peer that writes under any ref of the hub."""

    def __init__(self, one: Clone, two: Clone, evil: Clone, sessions: tuple[str, str]) -> None:
        self.one, self.two = one, two
        self.alice, self.bob = sessions
        self.peer = Peer(evil)
        self.peer.look()
        evil.git("fetch", "-q", "origin", "+refs/coord/sessions/*:refs/evil/sessions/*")

    def last(self, who: str) -> Event:
        """The last event of a session that the hub's ledger has."""
        state = sequence.load(self.peer.objects, StoreOid(self.peer.look()))
        return sequence.read_event(self.peer.objects, position.read(state, SessionId(who)).tip)

    def message(self, who: str, after: Event | None, subject: str = "forged", **data: Any) -> Event:
        """A message in the name of a session."""
        return self.peer.event(who, "message", {"to": {"session": self.alice}, "subject": subject, **data}, after)

    def put(self, who: str, oid: str) -> None:
        """Push a commit as a session's log."""
        self.peer.push(oid, f"refs/coord/sessions/{who}/log")


@pytest.fixture(scope="module")
def acquainted(tmp_path_factory: pytest.TempPathFactory, mould_of_clones: Mould) -> tuple[Path, tuple[str, str]]:
    """A directory with a hub and three clones, two of whose sessions have met, to be copied, and these sessions."""
    base = tmp_path_factory.mktemp("acquainted")
    one, two, _ = mould_of_clones.press(base, sealed(tmp_path_factory.mktemp("home")), "one", "two", "evil")
    return base, met(one, two)


@pytest.fixture
def mailers(tmp_path: Path, env: dict[str, str], hub: Hub, acquainted: tuple[Path, tuple[str, str]]) -> Mailers:
    """Three clones, one of them hostile."""
    base, sessions = acquainted
    press(base, tmp_path, env)
    one, two, evil = (Clone(tmp_path / name, env) for name in ("one", "two", "evil"))
    return Mailers(one, two, evil, sessions)


def several(they: Mailers) -> str:
    """A forged log that continues bob's."""
    last = they.last(they.bob)
    for _ in range(20):
        last = they.message(they.bob, last)
    return last.oid


def numbered(they: Mailers, number: int, parent: str) -> str:
    """A message of bob's with any number and any parent."""
    draft = Draft("message", "x", {"to": {"session": they.alice}, "subject": "odd"})
    content = event.encode(
        draft,
        session=SessionId(they.bob),
        number=number,
        event_id=EventId("9" * 32),
        time=they.peer.time,
        mail=MAIL,
        parent=StoreOid(parent),
    )
    return they.peer.objects.write("commit", content)


def endless(they: Mailers) -> str:
    """Three thousand events."""
    last = they.last(they.bob)
    for _ in range(3000):
        last = they.peer.event(they.bob, "progress", {}, last)
    return last.oid


LOGS: dict[str, Callable[[Mailers], str]] = {
    "a forged continuation": several,
    "forked before what is merged": lambda they: they.message(they.bob, they.peer.event(they.bob, "register", {})).oid,
    "another session's log": lambda they: they.message(they.alice, they.last(they.alice)).oid,
    "another session's log continued": lambda they: they.message(they.bob, they.last(they.alice)).oid,
    "a number from nowhere": lambda they: numbered(they, 900_000, they.last(they.bob).oid),
    "a number on the ledger": lambda they: numbered(they, 900_000, they.peer.look()),
    "a number on nothing": lambda they: numbered(they, 900_000, ""),
    "a number that was": lambda they: numbered(they, 1, ""),
    "endless": endless,
    "10 MB": lambda they: they.peer.raw_event(b"x" * (10 << 20), they.last(they.bob).oid),
    "a 10 MB message": lambda they: they.peer.raw_event(
        b"x\n\nCoord-Event: message\nCoord-Session: %s\nCoord-Number: %d\nCoord-Id: %s\nCoord-Data: {%s}\n"
        % (they.bob.encode(), they.last(they.bob).number + 1, b"8" * 32, b" " * (10 << 20)),
        they.last(they.bob).oid,
    ),
    "a huge address": lambda they: they.message(they.bob, they.last(they.bob), to={"name": "x" * 500_000}).oid,
    "a malformed message": lambda they: they.message(they.bob, they.last(they.bob), to=5).oid,
    "a malformed thread": lambda they: they.message(they.bob, they.last(they.bob), thread=["x"]).oid,
    "escape sequences": lambda they: they.message(they.bob, they.last(they.bob), "\x1b[2J", body="\x1b]0;x\x07").oid,
    "half characters": lambda they: they.message(they.bob, they.last(they.bob), body="\udcff\udcfe").oid,
    "an object that is a command": lambda they: (
        they.message(they.bob, they.last(they.bob), attached=[{"name": "x", "size": 1, "object": "$(reboot)"}]).oid
    ),
    "garbage": lambda they: they.peer.raw("blob", b"garbage"),
    "source code": lambda they: they.peer.raw_event(b"source\n"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", every(6, LOGS))
def test_a_forged_log(mailers: Mailers, name: str) -> None:
    """Whatever stands under bob's log ref: what bob says arrives, once, and both clones work on."""
    they = mailers
    send(they.two, they.bob, "alice", "before")
    they.one.sync()
    they.put(they.bob, LOGS[name](they))
    they.one.sync()
    began = time.monotonic()
    told = they.one.here("inbox", session=they.alice, check=True)
    assert time.monotonic() - began < 15
    assert not [char for char in told.out + told.err if not char.isprintable() and char != "\n"]
    assert "before" in told.out
    for number in range(3):
        send(they.two, they.bob, "alice", f"true {number}")
    they.one.sync()
    assert [text for text in subjects(they.one, they.alice) if text.startswith("true")] == [
        "true 0",
        "true 1",
        "true 2",
    ]
    they.put(they.bob, LOGS[name](they))
    they.two.won(they.bob, "more")
    send(they.two, they.bob, "alice", "true 3")
    they.one.sync()
    assert [text for text in subjects(they.one, they.alice) if text.startswith("true")] == ["true 3"]
    assert subjects(they.one, they.alice) == [], "nothing comes twice"
    for file in they.one.coord.glob("chronicle*"):
        file.unlink()
    assert [text for text in subjects(they.one, they.alice) if text.startswith("true")] == []
    send(they.one, they.alice, "bob", "and back")
    they.two.sync()
    assert "and back" in subjects(they.two, they.bob)
    they.one.won(they.alice, "later")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["alone", "under its own log ref"])
def test_nobody_reads_for_somebody_else(mailers: Mailers, how: str) -> None:
    """An `ack` that says that alice has read everything, on whatever log it is pushed, hides nothing from alice."""
    they = mailers
    send(they.two, they.bob, "alice", "first")
    claims = {"read": {they.bob: 999_999}, "also": ["9" * 32], "inherited": []}
    if how == "alone":
        mine = they.peer.session({"name": "alice"})
        they.peer.push(they.peer.honest(StoreOid(they.peer.look()), mine), "refs/coord/ledger")
        they.put(mine.session, they.peer.event(mine.session, "ack", claims, mine).oid)
    else:
        forged = they.peer.event(they.alice, "ack", claims, they.last(they.alice))
        they.put(they.alice, forged.oid)
    they.one.sync()
    send(they.two, they.bob, "alice" if how != "alone" else they.alice, "second")
    they.one.sync()
    assert subjects(they.one, they.alice) == ["first", "second"]
    assert subjects(they.one, they.alice) == []


def test_a_session_that_is_over_says_nothing_more_here(mailers: Mailers) -> None:
    """What is pushed under the log ref of an ended session of this clone cannot say that its mail was read."""
    they = mailers
    send(they.two, they.bob, "alice", "for whoever comes")
    last_words = they.peer.event(they.alice, "ack", {"read": {they.bob: 999_999}}, they.last(they.alice))
    they.one.here("end", session=they.alice, check=True)
    they.one.sync()
    they.put(they.alice, last_words.oid)
    end = they.last(they.alice)
    they.put(they.alice, they.peer.event(they.alice, "ack", {"read": {they.bob: 999_999}}, end).oid)
    they.one.git("fetch", "-q", "origin", "+refs/coord/sessions/*:refs/coord-remote/origin/incoming/sessions/*")
    for file in they.one.coord.glob("chronicle*"):
        file.unlink()
    assert subjects(they.one, they.one.start("alice")) == ["for whoever comes"]


def test_a_void_ledger_commit_and_the_mail(mailers: Mailers, hub: Hub) -> None:
    """A ledger commit that is void, with verdicts that are none, stops no inbox."""
    they = mailers
    send(they.two, they.bob, "alice", "before")
    base = they.peer.look()
    for trailer in ("x", f"9 {'e' * 32} refused held {{", "\u0661 x y"):
        they.peer.push(
            they.peer.ledger_commit(StoreOid(base), trailers=(("Coord-Verdict", trailer),)), "refs/coord/ledger"
        )
        they.one.here("sync", "--json")
        told = they.one.here("inbox", "--peek", session=they.alice, check=True)
        assert "before" in told.out
        they.peer.push(base, "refs/coord/ledger")
    they.one.here("sync", "--json")
    send(they.two, they.bob, "alice", "after")
    they.one.here("sync", "--json")
    assert subjects(they.one, they.alice) == ["before", "after"]
    assert hub.ledger


@pytest.mark.slow
def test_a_flood_of_others(mailers: Mailers) -> None:
    """A thousand messages to all from a session of the peer's own: they are many, and everybody's commands go on."""
    they = mailers
    last = first = they.peer.session({"name": "flood"})
    for number in range(1000):
        last = they.peer.event(first.session, "message", {"to": {"all": ""}, "subject": f"buy {number}"}, last)
    they.peer.push(they.peer.honest(StoreOid(they.peer.look()), first), "refs/coord/ledger")
    they.put(first.session, last.oid)
    send(they.two, they.bob, "alice", "serious")
    they.one.sync()
    they.one.here("inbox", "--peek", session=they.alice, check=True)
    told = they.one.here("whoami", session=they.alice, check=True)
    assert len(told.err.splitlines()) <= 30, "a flood is summed up"
    found = subjects(they.one, they.alice, "--limit", "0")
    assert (len(found), "serious" in found) == (1001, True)
