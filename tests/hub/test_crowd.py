"""Many clones at the same moment, and a hub that is slow for it: everybody is answered, few do the work."""

from __future__ import annotations

import json
import random
import socket
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.kernel.clock import SystemClock
from gitcoord.sync import turn
from gitcoord.sync.agree import Agreement

from .conftest import CONFIRMED, Clone, Hub, joined

if TYPE_CHECKING:
    from pathlib import Path

CROWD = 8
ROUNDS = 5
"""Pushes that one clone may need at most."""


@pytest.fixture
def crowd(tmp_path: Path, env: dict[str, str], hub: Hub) -> list[Clone]:
    """Clones that have joined the hub, each with a commit and a session."""
    return [joined(tmp_path, f"c{number}", env, str(hub.top)) for number in range(CROWD)]


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


def test_a_crowd_on_different_paths(crowd: list[Clone], hub: Hub) -> None:
    """Everybody wins, confirmed, in few rounds, and all come to know the same ledger."""
    log = counting(hub)
    answers = together(crowd, [f"f{number}" for number in range(CROWD)])
    assert [(answer["result"], answer["confirmed"], answer["warnings"]) for answer in answers] == [
        ("won", True, [])
    ] * CROWD
    assert len({answer["token"] for answer in answers}) == CROWD
    assert most_pushes(log) <= ROUNDS
    for clone in crowd:
        clone.sync()
    assert {clone.ledger for clone in crowd} == {hub.ledger}


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


def test_a_hub_that_says_nothing_is_asked_once(crowd: list[Clone]) -> None:
    """A host that takes connections and is silent costs a command one time limit: it is not asked again."""
    one = crowd[0]
    alice = one.start("alice")
    one.git("config", "coord.hubTimeout", "1")
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        one.git("remote", "set-url", "origin", f"git://127.0.0.1:{mute.getsockname()[1]}/hub.git")
        answer = one.claim(alice, "f")
        mute.setblocking(False)
        mute.accept()[0].close()
        with pytest.raises(BlockingIOError):
            mute.accept()
    assert (answer["result"], answer["confirmed"], answer["hub"]) == ("won", False, "offline")


def test_who_was_sequenced_by_another_fetches_the_ledger_alone(crowd: list[Clone], hub: Hub) -> None:
    """After a lost push the ledger is looked at first: where it has everything, nobody's announcement is fetched."""
    one, two, three = crowd[:3]
    alice, bob, carol = one.start("alice"), two.start("bob"), three.start("carol")
    hub.away()
    one.claim(alice, "f")
    hub.back()
    own = json.loads((one.coord / "clone").read_text())["id"]
    one.git("push", "-q", "origin", f"+{one.ledger}:refs/coord/clones/{own}")
    two.won(bob, "g")
    three.won(carol, "h")  # lost its first push, and sequences what was announced
    assert three.refs("refs/coord-remote/origin/incoming/clones/")
    seen = one.refs("refs/coord-remote/origin/incoming/clones/")
    workspace = one.workspace(SystemClock())
    assert isinstance(workspace.agreement, Agreement)
    assert workspace.agreement.meet(set(), insist=True).reached
    workspace.ledger.store.close()
    assert one.ref(CONFIRMED) == hub.ledger
    assert one.holders() == {"f": "alice", "g": "bob", "h": "carol"}
    assert one.refs("refs/coord-remote/origin/incoming/clones/") == seen


def test_few_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many that lost, one in eight is back in the first half of the longest pause; it grows with the lost push."""
    monkeypatch.setattr("random.random", random.Random(7).random)
    pauses = [turn.pause(0.2) for _ in range(10_000)]
    longest = turn.SPREAD * 0.2
    assert min(pauses) >= 0
    assert longest * 0.99 < max(pauses) <= longest
    assert 0.11 < sum(one < longest / 2 for one in pauses) / len(pauses) < 0.14
    assert max(turn.pause(60.0) for _ in range(1000)) <= turn.LONGEST
    assert max(turn.pause(0.2, still=2) for _ in range(1000)) > longest
