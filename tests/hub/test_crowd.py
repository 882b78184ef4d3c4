"""Many clones at the same moment, and a hub that is slow for it: everybody is answered, few do the work."""

from __future__ import annotations

import json
import random
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.kernel.clock import SystemClock
from gitcoord.sync import transport, turn
from gitcoord.sync.agree import Agreement

from .conftest import CONFIRMED, Clone, Hub, Mould

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CROWD = 8
ROUNDS = 5
"""Pushes that one clone may need at most."""


@pytest.fixture
def crowd(tmp_path: Path, env: dict[str, str], hub: Hub, mould_of_clones: Mould) -> list[Clone]:
    """Clones that have joined the hub."""
    return mould_of_clones.press(tmp_path, env, *(f"c{number}" for number in range(CROWD)))


def together(crowd: list[Clone], paths: list[str]) -> list[dict[str, Any]]:
    """Claim one path in each clone, at the same moment; returns the answers."""
    sessions = [clone.start(f"s{number}") for number, clone in enumerate(crowd)]
    running = [
        clone.spawn("claim", path, "--json", session=session)
        for clone, session, path in zip(crowd, sessions, paths, strict=True)
    ]
    return [json.loads(process.communicate(timeout=60)[0]) for process in running]


def counting(hub: Hub, after: str = "") -> Path:
    """Write down each push that arrives at the hub, a line each with the refs that it moves; returns the file."""
    log = hub.top.parent / "pushes"
    log.touch()
    hub.hook("pre-receive", f'echo $(cut -d" " -f3) >>{log}\n{after}\n')
    return log


def most_pushes(log: Path) -> int:
    """How often the busiest clone pushed its announcement."""
    lines = log.read_text().split()
    return max(lines.count(ref) for ref in lines if "/clones/" in ref)


@pytest.mark.slow
def test_a_crowd_on_different_paths(crowd: list[Clone], hub: Hub) -> None:
    """Everybody wins, confirmed, in few rounds, and all come to know the same ledger."""
    log = counting(hub)
    answers = together(crowd, [f"f{number}" for number in range(CROWD)])
    assert [(answer["result"], answer["confirmed"]) for answer in answers] == [("won", True)] * CROWD
    said = [text for answer in answers for text in answer["warnings"]]
    assert not [text for text in said if "does not exist yet" not in text]
    assert len({answer["token"] for answer in answers}) == CROWD
    assert most_pushes(log) <= ROUNDS
    for clone in crowd:
        clone.sync()
    assert {clone.ledger for clone in crowd} == {hub.ledger}


@pytest.mark.slow
def test_a_crowd_on_one_path(crowd: list[Clone], hub: Hub) -> None:
    """One wins, confirmed; everybody else is refused, and told who it is."""
    log = counting(hub)
    answers = together(crowd, ["f"] * CROWD)
    winners = [number for number, answer in enumerate(answers) if answer["result"] == "won" and answer["confirmed"]]
    assert len(winners) == 1, answers
    for number, answer in enumerate(answers):
        if number not in winners:
            assert answer["result"] == "refused", answer
            assert [item["held"]["name"] for item in answer["conflicts"]] == [f"s{winners[0]}"]
    assert most_pushes(log) <= ROUNDS


def test_a_hub_that_is_slow_is_not_away(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A push may take longer than `coord.hubTimeout` where the hub has answered: it is waited for, not made again."""
    one, _ = pair
    one.git("config", "coord.hubTimeout", "1")
    one.git("config", "coord.autosync", "false")
    alice = one.start("alice")
    log = counting(hub, "sleep 4.5")
    answer = one.claim(alice, "f")
    assert (answer["result"], answer["confirmed"], answer["hub"]) == ("won", True, "ok")
    assert len(log.read_text().splitlines()) == 1
    assert not (one.coord / "hub-away").exists()


def test_what_belongs_to_the_machine_never_waits(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """A port is claimed and released without a word to the hub, provisionally; the next contact brings it there."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    for clone in pair:
        clone.git("config", "coord.autosync", "false")
    log = counting(hub)
    first, second = one.claim(alice, "port:3000"), two.claim(bob, "port:3000")
    for answer in (first, second):
        assert (answer["result"], answer["confirmed"], answer["token"]) == ("won", False, None)
    one.claim(alice, "gpu:0")
    one.here("release", "gpu:0", session=alice, check=True)
    assert log.read_text() == ""
    insisting = one.here("claim", "--confirmed", "port:3000", "--json", session=alice).json
    assert (insisting["result"], insisting["confirmed"]) == ("won", True)
    two.sync()
    assert two.holders() == {"port:3000": "alice"}
    assert two.claim(bob, "port:3000")["result"] == "refused"


@pytest.mark.slow
def test_a_hub_that_says_nothing_is_asked_once(crowd: list[Clone]) -> None:
    """A host that takes connections and is silent costs a command one time limit: it is not asked again."""
    one = crowd[0]
    alice = one.start("alice")
    one.git("config", "coord.hubTimeout", "1")
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        one.git("remote", "set-url", "origin", f"git://127.0.0.1:{mute.getsockname()[1]}/hub.git")
        (one.coord / "hub").unlink()  # as if that had been its address from the beginning
        answer = one.claim(alice, "f")
        mute.setblocking(False)
        mute.accept()[0].close()
        with pytest.raises(BlockingIOError):
            mute.accept()
    assert (answer["result"], answer["confirmed"], answer["hub"]) == ("won", False, "offline")


@pytest.mark.slow
@pytest.mark.parametrize(("share", "fetches"), [(1.0, [False]), (0.0, [True])])
def test_who_comes_late_fetches_the_ledger_alone(
    crowd: list[Clone], hub: Hub, monkeypatch: pytest.MonkeyPatch, share: float, fetches: list[bool]
) -> None:
    """After a lost push one fetch does: of the ledger where others had time to sequence, else of everybody's too."""
    one, two, three = crowd[:3]
    alice, bob, carol = one.start("alice"), two.start("bob"), three.start("carol")
    hub.away()
    one.claim(alice, "f")
    hub.back()
    own = json.loads((one.coord / "clone").read_text())["id"]
    one.git("push", "-q", "origin", f"+{one.ledger}:refs/coord/clones/{own}")
    two.won(bob, "g")
    three.forget_others()
    three.won(carol, "h")  # lost its first push, and sequences what was announced
    assert three.refs("refs/coord-remote/origin/incoming/clones/")
    monkeypatch.setattr(turn, "draw", lambda: share)
    with talking(one, monkeypatch) as (agreement, asked):
        assert agreement.meet(set(), insist=True).reached
    assert asked == fetches
    assert one.ref(CONFIRMED) == hub.ledger
    assert one.holders() == {"f": "alice", "g": "bob", "h": "carol"}


def test_who_loses_again_does_not_wait_again(crowd: list[Clone], hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one was faster to sequence everybody: what was announced with the first push is most likely in."""
    one, two, three = crowd[:3]
    alice, bob, carol = one.start("alice"), two.start("bob"), three.start("carol")
    hub.away()
    one.claim(alice, "f")
    hub.back()
    three.forget_others()
    faster = [lambda: two.won(bob, "g"), lambda: three.won(carol, "h")]
    pauses: list[float] = []

    def at_once() -> float:
        pauses.append(0.0)
        return 0.0

    monkeypatch.setattr(turn, "draw", at_once)
    with talking(one, monkeypatch) as (agreement, _):
        push = agreement.hub.push

        def overtaken(*args: Any, **options: Any) -> transport.Pushed:
            if faster:
                faster.pop(0)()
                pauses.clear()  # those of whoever was faster
            return push(*args, **options)

        monkeypatch.setattr(agreement.hub, "push", overtaken)
        contact = agreement.meet(set(), insist=True)
    assert (contact.reached, contact.rounds, pauses) == (True, 2, [])
    assert one.ref(CONFIRMED) == hub.ledger
    assert one.holders() == {"f": "alice", "g": "bob", "h": "carol"}


@contextmanager
def talking(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Agreement, list[bool]]]:
    """A clone's agreement in this process, and its fetches: whether they ask for announcements."""
    asked = []
    fetch = transport.Hub.fetch

    def counted(self: transport.Hub, *args: Any, announcements: bool = False, **options: Any) -> transport.FetchResult:
        asked.append(announcements)
        return fetch(self, *args, announcements=announcements, **options)

    monkeypatch.setattr(transport.Hub, "fetch", counted)
    workspace = clone.workspace(SystemClock())
    assert isinstance(workspace.agreement, Agreement)
    try:
        yield workspace.agreement, asked
    finally:
        workspace.ledger.store.close()


def test_few_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many that lost, one in eight is back in the first half of the longest pause; it grows with the lost push."""
    monkeypatch.setattr("random.random", random.Random(7).random)
    shares = [turn.draw() for _ in range(10_000)]
    assert min(shares) >= 0
    assert 0.99 < max(shares) <= 1
    assert 0.11 < sum(share < turn.EARLY for share in shares) / len(shares) < 0.14
    assert turn.longest(0.2) == turn.SPREAD * 0.2
    assert turn.longest(60.0) == turn.LONGEST
    assert turn.longest(0.2, still=2) > turn.longest(0.2)
