"""A session whose process died in its own clone is shown as gone in the others, which take nothing over for that."""

from __future__ import annotations

import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from gitcoord.kernel import process
from gitcoord.kernel.clock import SystemClock
from gitcoord.policy.lease import SKEW
from gitcoord.policy.moment import Moment
from gitcoord.sync import due, looking
from gitcoord.sync.grace import GRACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Clone, Hub

OVERDUE = 3 * 86400
"""Seconds since the last look that are too many, whatever `coord.lookEvery` says in these tests."""


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let looks and syncs take their time on a busy machine."""
    monkeypatch.setattr(looking, "LIMIT", 60.0)
    monkeypatch.setattr(due, "PATIENCE", 60.0)


class Agent:
    """A process that stands for a session."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(["sleep", "600"])

    @property
    def pid(self) -> str:
        """Its number."""
        return str(self._process.pid)

    def die(self) -> None:
        """Let it be killed."""
        self._process.kill()
        self._process.wait()


@pytest.fixture
def agent() -> Iterator[Agent]:
    """A process that lives until it is killed."""
    made = Agent()
    yield made
    made.die()


def start(clone: Clone, agent: Agent) -> str:
    """Start alice, for whom this process stands, and let her claim `f`; returns her id."""
    alice = str(clone.here("start", "alice", "--pid", agent.pid, "--json", check=True).json["session"])
    clone.won(alice, "f")
    return alice


def status(clone: Clone, session: str) -> str:
    """What a clone shows of a session after its next look."""
    clone.looked(OVERDUE)
    found = clone.here("sessions", "--json", check=True).json["sessions"]
    return str(next(item["status"] for item in found if item["id"] == session))


@contextmanager
def at(seconds: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let it be that time."""
    with monkeypatch.context() as patch:
        patch.setattr(SystemClock, "now", lambda _: seconds)
        yield


@pytest.mark.slow
@pytest.mark.parametrize("words", ["check g", "claims", "sync", "claim g"])
def test_any_command_in_its_clone_tells_the_others(pair: tuple[Clone, Clone], agent: Agent, words: str) -> None:
    """The next command in the clone of the dead session, whoever runs it, brings the word to the hub at once."""
    one, two = pair
    alice, carol = start(one, agent), one.start("carol")
    one.sync()
    assert status(two, alice) == "active"
    agent.die()
    assert status(two, alice) == "active", "nobody has been there yet"
    one.here(*words.split(), session=carol, check=True)
    assert status(two, alice) == "gone"


def test_what_is_shown_of_it(pair: tuple[Clone, Clone], agent: Agent) -> None:
    """Listings, the board, refusals and `send` say that it is gone, and from when on it can be taken over from here."""
    one, two = pair
    alice, bob = start(one, agent), two.start("bob")
    one.here("beat", "editing", session=alice, check=True)
    agent.die()
    one.here("claims", check=True)
    two.looked(OVERDUE)

    (seen,) = two.here("sessions", "--status", "gone", "--json", check=True).json["sessions"]
    assert (seen["id"], seen["work"]) == (alice, "editing")
    (held,) = two.here("claims", "--json", check=True).json["claims"]
    board = two.here("status", "--json", session=bob, check=True).json
    (conflict,) = two.claim(bob, "f")["conflicts"]
    (path,) = two.here("check", "f", "--json", session=bob).json["conflicts"]
    for item in (held, board["claims"][0], conflict["held"], path["held"]):
        assert (item["status"], item["kept"]) == ("gone", "clone")
        assert item["takeover_from"] > item["held_until"]
    (finding,) = [item for item in board["attention"] if item["what"] == "abandoned"]
    assert finding["sessions"] == [alice]
    assert finding["hint"].endswith("it can be taken over, by claiming it; in its own clone at once")
    assert two.here("metrics", "--json", check=True).json["sessions"]["gone"] == 1
    assert two.here("send", alice, "hello", "--json", session=bob, check=True).json["recipients"][0]["status"] == "gone"
    refused = two.here("retire", alice, session=bob)
    assert refused.status == 1
    assert "only its own clone says that it is gone" in refused.err
    assert "retire it in its own clone, on " in refused.err
    assert "its process ended in another clone: it can be taken over from " in two.here("claim", "f", session=bob).err


@pytest.mark.slow
def test_only_the_lease_counts_elsewhere(
    pair: tuple[Clone, Clone], agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another clone takes it over after lease, skew and grace, and at the time that it said, not before."""
    one, two = pair
    start(one, agent)
    bob = two.start("bob")
    agent.die()
    one.here("claims", check=True)
    two.looked(OVERDUE)
    (held,) = two.here("claims", "--json", check=True).json["claims"]
    over = next(
        until
        for until in range(int(time.time()), int(time.time()) + 3600)
        if Moment(until).rfc3339() == held["held_until"]
    )
    free = over + SKEW + GRACE
    assert held["takeover_from"] == Moment(free).rfc3339()
    for now, result in (
        (over - 60, "refused"),
        (over + SKEW, "refused"),
        (over + SKEW + 1, "refused"),
        (free + 1, "won"),
    ):
        with at(now, monkeypatch):
            two.here("sync", "-q", check=True)
            assert two.claim(bob, "f")["result"] == result, now - over


def test_a_takeover_in_its_clone(pair: tuple[Clone, Clone], agent: Agent) -> None:
    """Who takes over at once in the clone of the dead session holds it everywhere; the dead one is gone everywhere."""
    one, two = pair
    alice, carol = start(one, agent), one.start("carol")
    agent.die()
    answer = one.claim(carol, "f")
    assert (answer["result"], [item["name"] for item in answer["took_over"]]) == ("won", ["alice"])
    assert status(two, alice) == "gone"
    assert two.holders() == {"f": "carol"}


@pytest.mark.slow
@pytest.mark.parametrize("words", ["beat", "claim g", "send all hello"])
def test_one_that_lives_after_all(
    pair: tuple[Clone, Clone], agent: Agent, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    """Whatever a session does after it was thought dead shows it as active again."""
    one, two = pair
    alice = start(one, agent)
    with monkeypatch.context() as patch:
        patch.setattr(process, "state_of", lambda *_: "dead")
        one.here("sync", check=True)
    assert status(two, alice) == "gone"
    with at(int(time.time()) + 5, monkeypatch):
        one.here(*words.split(), session=alice, check=True)
        one.sync()
        assert status(two, alice) == "active"


def test_it_is_said_once(pair: tuple[Clone, Clone], hub: Hub, agent: Agent) -> None:
    """Later commands bring the hub nothing more for the dead session."""
    one, _ = pair
    start(one, agent)
    agent.die()
    one.here("claims", check=True)
    before = hub.refs()
    hub.hook("pre-receive", "exit 1")
    one.here("claims", check=True)
    one.here("sync", check=True)
    assert hub.refs() == before


def test_a_forged_beat_gives_nobody_anything(pair: tuple[Clone, Clone], agent: Agent) -> None:
    """A peer that writes `gone` into another's beat deceives the eye alone: the claim holds, its own clone knows."""
    one, two = pair
    alice, bob = start(one, agent), two.start("bob")
    text = f'gone\n\nCoord-Beat: {alice}\nCoord-Id: {"e" * 32}\nCoord-Data: {{"gone":true}}\n'
    oid = two.git("commit-tree", two.git("mktree"), data=text.encode(), GIT_AUTHOR_NAME=alice, GIT_COMMITTER_NAME=alice)
    two.git("push", "-q", "origin", f"{oid}:refs/coord/sessions/{alice}/beat")
    assert status(two, alice) == "gone"
    assert two.claim(bob, "f")["result"] == "refused"
    assert two.here("retire", "--gone", "--json", session=bob, check=True).json["retired"] == []
    assert status(one, alice) == "active"
