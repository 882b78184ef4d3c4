"""A hostile peer, case by case: whatever it pushes, the others agree and go on, and a newcomer verifies it all."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from support.programs import sealed
from support.torture import every

from gitcoord.kernel.objects import EMPTY_TREE
from gitcoord.policy.ids import NO_OBJECT, SessionId, StoreOid
from gitcoord.sync import habit

from .conftest import LEDGER, Hub, joined, make_hub
from .peer import Peer

if TYPE_CHECKING:
    from pathlib import Path

Case = Callable[[Peer, StoreOid], str]


class World:
    """A hub, two honest clones with a session each, and the peer; all cases happen to the same ledger."""

    def __init__(self, base: Path) -> None:
        self.base = base
        (base / "home").mkdir()
        self.env = sealed(base / "home")
        self.hub: Hub = make_hub(base, self.env)
        url = str(self.hub.top)
        self.one, self.two, evil = (joined(base, name, self.env, url) for name in ("one", "two", "evil"))
        self.alice, self.bob = self.one.start("alice"), self.two.start("bob")
        self.one.won(self.alice, "kept")
        self.two.won(self.bob, "bobs")
        self.peer = Peer(evil)
        self.turn = 0

    def go_on(self) -> None:
        """Both win what is free, alice after a lost race, and neither what the other holds."""
        self.turn += 1
        self.two.won(self.bob, f"b{self.turn}")
        self.one.forget_others()
        self.one.won(self.alice, f"a{self.turn}")
        assert self.two.claim(self.bob, "kept")["result"] == "refused"
        assert self.one.holders()["kept"] == "alice"
        assert self.hub.ledger == self.one.confirmed


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One hub for all cases."""
    return World(tmp_path_factory.mktemp("hostile"))


def log_of(*kinds: tuple[str, Any]) -> Case:
    """A registered session that then says these."""

    def make(peer: Peer, base: StoreOid) -> str:
        events = [peer.session()]
        for kind, data in kinds:
            events.append(peer.event(events[0].session, kind, data, events[-1]))
        return peer.announced(base, *events)

    return make


def registered(data: dict[str, Any]) -> Case:
    """A session whose registration says this."""
    return lambda peer, base: peer.announced(base, peer.session(data))


def trailing(trailers: bytes) -> Case:
    """One event with these raw trailers."""

    def make(peer: Peer, base: StoreOid) -> str:
        log = peer.raw_event(b"evil\n\n" + trailers + b"\n")
        return peer.ledger_commit(base, (log,), (("Coord-Verdict", f"99 {'a' * 32} accepted"),))

    return make


def said(session: str = "evil-00000001", number: str = "1", name: str = "b" * 32, data: str = "{}") -> bytes:
    """The raw trailers of an event."""
    return (
        f"Coord-Event: register\nCoord-Session: {session}\nCoord-Number: {number}\nCoord-Id: {name}\nCoord-Data: {data}"
    ).encode("utf-8", "surrogateescape")


def forged(kind: str, data: dict[str, Any]) -> Case:
    """The next event of somebody else's session (the last one merged at the hub), which is forged."""

    def make(peer: Peer, base: StoreOid) -> str:
        from gitcoord.ledger import position, sequence

        state = sequence.load(peer.objects, base)
        victim = next(path.split("/")[3] for path in state.walk("sessions/live") if "/bob-" in path)
        standing = position.read(state, SessionId(victim))
        last = sequence.read_event(peer.objects, standing.tip)
        return peer.announced(base, peer.event(victim, kind, data, last))

    return make


def twice(peer: Peer, base: StoreOid) -> str:
    """A sequencing commit that merges one log at two places."""
    first = peer.session()
    return peer.ledger_commit(base, (first.oid, peer.event(first.session, "claim", {}, first).oid))


def _deep(levels: int) -> str:
    return "[" * levels + "]" * levels


ANNOUNCED: dict[str, Case] = {
    # What is no ledger at all.
    "a blob": lambda peer, base: peer.raw("blob", b"garbage"),
    "an empty blob": lambda peer, base: peer.raw("blob", b""),
    "a tree": lambda peer, base: EMPTY_TREE,
    "a tag of the ledger": lambda peer, base: peer.raw(
        "tag", b"object %s\ntype commit\ntag x\ntagger e <e@x> 1 +0000\n\nx\n" % base.encode()
    ),
    "a commit without parents": lambda peer, base: peer.raw_event(b"evil\n"),
    "an unrelated root": lambda peer, base: peer.ledger_commit(NO_OBJECT, tree=EMPTY_TREE),
    "somebody's source code": lambda peer, base: peer.clone.git("commit-tree", EMPTY_TREE, "-m", "source"),
    "an empty message": lambda peer, base: peer.raw_event(b"", base),
    "no committer's time": lambda peer, base: peer.raw_event(b"x\n", base, who=b"evil <e@x> soon +0000"),
    "a time beyond time": lambda peer, base: peer.raw_event(b"x\n", base, who=b"e <e@x> 9999999999999999999 +0000"),
    "bytes that are no UTF-8": lambda peer, base: peer.raw_event(b"\xff\xfe\n\nCoord-Verdict: \xff\n", base),
    "NUL bytes": lambda peer, base: peer.raw_event(b"a\0b\n\nCoord-Verdict: 1 \0 accepted\n", base),
    # Sequencing commits that are odd.
    "the hub's ledger": lambda peer, base: base,
    "an old ledger": lambda peer, base: peer.clone.git("rev-list", "--max-parents=0", base).split()[0],
    "nothing merged": lambda peer, base: peer.ledger_commit(base),
    "the ledger merged twice": lambda peer, base: peer.ledger_commit(base, (base,)),
    "a verdict of nothing": lambda peer, base: peer.ledger_commit(
        base, trailers=(("Coord-Verdict", f"7 {'c' * 32} accepted"),)
    ),
    "a verdict of garbage": lambda peer, base: peer.ledger_commit(base, trailers=(("Coord-Verdict", "x"),)),
    "a verdict of broken JSON": lambda peer, base: peer.ledger_commit(
        base, trailers=(("Coord-Verdict", f"7 {'c' * 32} refused held {{"),)
    ),
    "one log twice": twice,
    "voids the hub's ledger": lambda peer, base: peer.ledger_commit(base, trailers=(("Coord-Void", base),)),
    "a tree that is gone from the state": lambda peer, base: peer.ledger_commit(
        peer.ledger_commit(base, tree=EMPTY_TREE), (peer.session().oid,)
    ),
    "a state of garbage": lambda peer, base: peer.ledger_commit(
        peer.ledger_commit(base, tree=no_state(peer)),
        (peer.session().oid,),
    ),
    "forty logs": lambda peer, base: peer.ledger_commit(base, tuple(peer.session().oid for _ in range(40))),
    # Events that are none.
    "a log of garbage": lambda peer, base: peer.ledger_commit(base, (peer.raw_event(b"evil\n"),)),
    "an event of 2 MB": lambda peer, base: peer.ledger_commit(base, (peer.raw_event(b"x" * (2 << 20)),)),
    "an event with 2 MB of data": trailing(said(data='{"name":"' + "x" * (2 << 20) + '"}')),
    "deep JSON": trailing(said(data='{"a":' + _deep(100_000) + "}")),
    "JSON that is not an object": trailing(said(data="[1]")),
    "a number of 5000 digits": trailing(said(data='{"lease":' + "9" * 5000 + "}")),
    "NaN and infinity": trailing(said(data='{"lease":NaN,"clone":"x","pid":Infinity}')),
    "half a character": trailing(said(data='{"clone":"x","name":"\\ud800"}')),
    "JSON that is no UTF-8": trailing(said(data='{"clone":"x","name":"\udcff"}')),
    "a session that is a path": trailing(said(session="../../../../etc/passwd")),
    "a session with a slash": trailing(said(session="evil/../bob")),
    "a session without a name": trailing(said(session="")),
    "a session of 300 characters": trailing(said(session="e" * 300)),
    "a session of capitals": trailing(said(session="EVIL-00000001")),
    "number 0": trailing(said(number="0")),
    "number -1": trailing(said(number="-1")),
    "number 2 without the first": trailing(said(number="2")),
    "an Arabic number": trailing(said(number="\u0661")),
    "a number beyond numbers": trailing(said(number="9" * 40)),
    "an id that is a path": trailing(said(name="../" * 10 + "aa")),
    "a trailer twice": trailing(said() + b"\nCoord-Number: 1"),
    "an event with a newline for an id": trailing(said(name="\n")),
    # Well-formed events whose payload is not.
    "a register of wrong types": registered({"clone": 5, "name": ["x"], "lease": "long"}),
    "a lease for ever": registered({"lease": 1 << 60}),
    "a lease of floats": registered({"lease": 1.5}),
    "an endless name": registered({"name": "x" * 100_000}),
    "a name of controls": registered({"name": "\x1b[2J\x00\n"}),
    "a parent that is a path": registered({"parent": "../../meta.json"}),
    "a parent that is not": registered({"parent": "nobody-00000000"}),
    "a thousand capabilities too many": registered({"capabilities": ["x"] * 5000}),
    "an unknown kind": log_of(("conquer", {})),
    "a kind that is a path": log_of(("../../x", {})),
    "an upgrade": log_of(("upgrade", {"schema": 2})),
    "a claim of nothing": log_of(("claim", {"scopes": []})),
    "a claim of everything held": log_of(("claim", {"scopes": [{"directory": "kept"}]})),
    "a claim out of the tree": log_of(("claim", {"scopes": [{"directory": "../../etc/passwd"}]})),
    "a claim of the root": log_of(("claim", {"scopes": [{"directory": "/"}]})),
    "a claim of git's own": log_of(("claim", {"scopes": [{"directory": ".git/config"}]})),
    "a claim of wrong types": log_of(("claim", {"scopes": {"directory": 1}, "until": "never", "shared": 3})),
    "a claim of a NUL": log_of(("claim", {"scopes": [{"directory": "a\0b"}]})),
    "a claim of an unknown scope": log_of(("claim", {"scopes": [{"planet": "earth"}]})),
    "a claim of a slow glob": log_of(("claim", {"scopes": [{"glob": "**/*a" * 200}]})),
    "a claim of 2000 scopes": log_of(("claim", {"scopes": [{"directory": f"p{n}"} for n in range(2000)]})),
    "a claim until the end of time": log_of(("claim", {"scopes": [{"directory": "end-of-time"}], "until": 1 << 50})),
    "a claim until year 36812": log_of(("claim", {"scopes": [{"directory": "far"}], "until": 1 << 40})),
    "a take of nothing": log_of(("take", {"scopes": [{"directory": "kept"}], "takes": []})),
    "a take without evidence": log_of(
        ("take", {"scopes": [{"directory": "kept"}], "takes": [{"id": "a" * 32, "session": "x", "evidence": "lease"}]})
    ),
    "a take of wrong types": log_of(("take", {"scopes": [{"directory": "kept"}], "takes": [[1], None]})),
    "a retire of nobody": log_of(("retire", {"session": "nobody-00000000"})),
    "a release of what is not there": log_of(("release", {"claims": [{"id": "../..", "scopes": []}]})),
    "a renewal of what is not there": log_of(("renew", {"claims": [{"id": "d" * 32, "until": -5}]})),
    "a number of a path": log_of(("number", {"name": "../../meta.json"})),
    "a number from the end of numbers": log_of(("number", {"name": "n", "from": 1 << 70})),
    "rules that are none": log_of(("rules", {"require-claim": "perhaps", "max-files": -1, "x": None})),
    "a repair that uses the numbers up": log_of(("repair", {"above": 1 << 39})),
    "a repair downwards": log_of(("repair", {"above": 0})),
    "a bypass of garbage": log_of(("bypass", {"commit": 1, "paths": "x", "holders": {}})),
    "a second register": log_of(("register", {"clone": "evil"})),
    "words after the end": log_of(("end", {}), ("claim", {"scopes": [{"directory": "late"}]})),
    "a thousand messages": log_of(*(("message", {"to": "all", "text": "buy"}) for _ in range(1000))),
    # In the name of somebody else. (Nothing is signed: what it says counts, and its owner goes on after it.)
    "a forged message": forged("message", {"text": "it was me"}),
    "a forged renewal": forged("renew", {}),
    "a forged claim": forged("claim", {"scopes": [{"directory": "not-mine"}]}),
}


def no_state(peer: Peer) -> StoreOid:
    """A tree whose `meta.json` is no JSON."""
    return StoreOid(peer.clone.git("mktree", data=b"100644 blob %s\tmeta.json\n" % blob(peer)))


def blob(peer: Peer) -> bytes:
    """A blob that is no JSON."""
    return peer.raw("blob", b"{{{").encode()


@pytest.mark.slow
@pytest.mark.parametrize("name", every(6, ANNOUNCED))
def test_a_hostile_announcement(world: World, name: str) -> None:
    """What a hostile clone announces stops nobody: who looks at it wins what is free, and holds what it holds."""
    ref = f"refs/coord/clones/{uuid.uuid4().hex[:16]}"
    base = world.peer.look()
    world.peer.push(ANNOUNCED[name](world.peer, base), ref)
    # Alice loses this race, and so has to look at what everybody announced.
    world.one.forget_others()
    world.peer.push(world.peer.honest(base, world.peer.session()), LEDGER)
    world.turn += 1
    try:
        world.one.won(world.alice, f"a{world.turn}")
        assert (world.one.coord / habit.FILE).exists(), "no race was lost, so nothing was looked at"
        held = world.one.holders()
        assert (held["kept"], held["bobs"], held[f"a{world.turn}"]) == ("alice", "bob", "alice")
        assert world.hub.ledger == world.one.confirmed
    finally:
        world.peer.drop(ref)


@pytest.mark.slow
def test_all_together(world: World) -> None:
    """With many hostile announcements at a time, too, under odd names as well."""
    base = world.peer.look()
    refs = [f"refs/coord/clones/{number}/x" for number in range(20)] + ["refs/coord/clones/\u00fc", LEDGER + "s"]
    for number, ref in enumerate(refs):
        case = list(ANNOUNCED.values())[number * 3 % len(ANNOUNCED)]
        world.peer.push(case(world.peer, base), ref)
    world.go_on()
    for ref in refs:
        world.peer.drop(ref)
    world.go_on()


def claimed(peer: Peer) -> tuple[Any, Any]:
    """A session of the peer's, and a claim of what alice holds."""
    first = peer.session()
    return first, peer.event(first.session, "claim", {"scopes": [{"directory": "kept"}]}, first)


def without_alice(peer: Peer, base: StoreOid) -> StoreOid:
    """The state without any claim."""
    lines = [line for line in peer.clone.git("ls-tree", base).splitlines() if not line.endswith("\tclaims")]
    return StoreOid(peer.clone.git("mktree", data="".join(f"{line}\n" for line in lines).encode()))


def lying(peer: Peer, base: StoreOid, verdict: str) -> str:
    """A commit that says of a claim of what alice holds whatever it likes."""
    first, claim = claimed(peer)
    good = peer.honest(base, first)
    return peer.ledger_commit(good, (claim.oid,), (("Coord-Verdict", f"{verdict.format(id=claim.id)}"),))


VOID: dict[str, Case] = {
    "the claims taken out": lambda peer, base: peer.ledger_commit(base, tree=without_alice(peer, base)),
    "the state emptied": lambda peer, base: peer.ledger_commit(base, tree=EMPTY_TREE),
    "a tree of garbage": lambda peer, base: peer.ledger_commit(base, tree=no_state(peer)),
    "a refusal turned round": lambda peer, base: lying(peer, base, "9999 {id} accepted"),
    "an event left out": lambda peer, base: peer.ledger_commit(
        base, (claimed(peer)[1].oid,), (("Coord-Verdict", f"9 {'e' * 32} accepted"),)
    ),
    "no verdict at all": lambda peer, base: peer.ledger_commit(base, (peer.session().oid,)),
    "a verdict too many": lambda peer, base: peer.ledger_commit(
        base, trailers=(("Coord-Verdict", f"9 {'e' * 32} accepted"),)
    ),
    "a verdict that is none": lambda peer, base: peer.ledger_commit(base, trailers=(("Coord-Verdict", "x"),)),
    "the truth voided": lambda peer, base: peer.ledger_commit(
        base, trailers=(("Coord-Void", base),), tree=without_alice(peer, base)
    ),
    "a log of garbage": lambda peer, base: peer.ledger_commit(base, (peer.raw_event(b"evil\n"),)),
    "an event of 2 MB": lambda peer, base: peer.ledger_commit(base, (peer.raw_event(b"x" * (2 << 20)),)),
    "deep JSON": lambda peer, base: trailing(said(data='{"a":' + _deep(100_000) + "}"))(peer, base),
    "half a character": lambda peer, base: trailing(said(data='{"clone":"x","name":"\\ud800"}'))(peer, base),
    "a chain of void ones": lambda peer, base: peer.ledger_commit(
        peer.ledger_commit(peer.ledger_commit(base, tree=EMPTY_TREE), (peer.session().oid,)), tree=EMPTY_TREE
    ),
    "an honest one on a void one": lambda peer, base: peer.honest(
        peer.ledger_commit(base, tree=without_alice(peer, base)), peer.session()
    ),
    "a void one in the far future": lambda peer, base: peer.ledger_commit(
        base, (peer.session().oid,), time=peer.time + (1 << 32)
    ),
    "a message of source code": lambda peer, base: peer.raw_event(b"source\n", base, tree=EMPTY_TREE),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", every(3, VOID))
def test_a_void_sequencing_commit(world: World, name: str) -> None:
    """A sequencing commit that does not verify changes nothing: the next one builds on the true state, and says so."""
    base = world.peer.look()
    evil = VOID[name](world.peer, base)
    world.peer.push(evil, LEDGER)
    try:
        world.go_on()
        history = world.hub.git("log", "--first-parent", "--format=%B", f"{base}..{LEDGER}")
        assert f"Coord-Void: {evil}" in history
    finally:
        if world.one.confirmed != world.hub.ledger:
            world.peer.push(base, LEDGER)


GARBAGE: dict[str, Case] = {
    "a blob": lambda peer, base: peer.raw("blob", b"garbage"),
    "a tree": lambda peer, base: EMPTY_TREE,
    "a tag": ANNOUNCED["a tag of the ledger"],
    "a commit of no time": lambda peer, base: peer.raw_event(b"x\n", base, who=b"evil <e@x> soon +0000"),
    "another root": lambda peer, base: peer.ledger_commit(NO_OBJECT, tree=EMPTY_TREE),
    "source code": lambda peer, base: peer.clone.git("commit-tree", EMPTY_TREE, "-m", "source"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", every(2, GARBAGE))
def test_garbage_in_the_ledgers_place(world: World, name: str) -> None:
    """What is no ledger is not adopted: work goes on provisionally, sync says why, and all is well once it is gone."""
    base = world.peer.look()
    world.peer.push(GARBAGE[name](world.peer, base), LEDGER)
    world.turn += 1
    try:
        before = world.one.confirmed
        answer = world.one.claim(world.alice, f"g{world.turn}")
        assert (answer["result"], answer["confirmed"]) == ("won", False), answer
        told = world.one.here("sync", "--json")
        assert told.status == 3
        assert told.json["message"]
        assert world.one.confirmed == before
    finally:
        world.peer.push(base, LEDGER)
    world.one.sync()
    world.two.sync()
    for clone in (world.one, world.two):
        clone.forget_away()
    assert world.two.holders()[f"g{world.turn}"] == "alice"
    world.go_on()


@pytest.mark.slow
def test_a_newcomer_verifies_it_all(world: World) -> None:
    """After all of this a fresh clone adopts the hub's ledger, with the same holders, and works on."""
    test_a_hostile_announcement(world, "a claim until year 36812")  # whatever else this process ran
    new = joined(world.base, "newcomer", world.env, str(world.hub.top))
    world.one.sync()
    assert new.confirmed == world.one.confirmed == world.hub.ledger
    assert new.holders() == world.one.holders()
    assert new.holders()["far"].startswith("evil-"), "what was announced and sound was looked at, and sequenced"
    carol = new.start("carol")
    new.won(carol, "carols")
    assert new.claim(carol, "kept")["result"] == "refused"


@pytest.mark.slow
@pytest.mark.parametrize("what", ["a blob", "a commit", "source code", "a beat of 2 MB"])
def test_garbage_among_the_sessions_refs(world: World, what: str) -> None:
    """Whatever stands under a session's refs at the hub, sync works, and sends and drops what it should."""
    dave = world.one.start("dave")
    world.one.won(dave, f"dave-{what}")
    world.one.here("end", session=dave, check=True)
    peer = world.peer
    made: dict[str, Callable[[], str]] = {
        "a blob": lambda: peer.raw("blob", b"x"),
        "a commit": lambda: peer.raw_event(b"x\n"),
        "source code": lambda: peer.clone.git("commit-tree", EMPTY_TREE, "-m", "source"),
        "a beat of 2 MB": lambda: peer.raw_event(b"x" * (2 << 20)),
    }
    oid = made[what]()
    refs = [f"refs/coord/sessions/{dave}/log", f"refs/coord/sessions/{dave}/beat", f"refs/coord/sessions/x-{what[2:3]}"]
    for ref in refs:
        peer.push(oid, ref)
    world.one.sync()
    world.two.sync()
    for ref in refs:
        peer.drop(ref)
