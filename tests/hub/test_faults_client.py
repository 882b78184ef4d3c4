"""A client killed at every step of a claim at the hub: it counts once or not at all, and nobody is left behind."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from support.torture import TIMES, chosen, killed, skip_unless_killed

from gitcoord.kernel.refname import log_ref
from gitcoord.policy.ids import SessionId

from .conftest import LEDGER, Clone
from .faults import settled, times
from .test_transports import by_daemon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .conftest import Hub, Mould

Pair = tuple[Clone, Clone]

OURS = ("coord/lock", "coord/hub-lock", "coord/pending", "coord/journal", "coord/hub-met")
REFS = ("refs/coord/ledger", "refs/coord-remote/origin/ledger", "refs/coord-remote/origin/incoming/ledger")
CALLS = {
    "renames": "rename,renameat,renameat2",
    "writes": "write",
    "connects": "connect",
    "links": "link,linkat",
    "deletes": "unlink,unlinkat",
    "opens": "openat",
}
"""Calls at which programs are killed; opens and writes of files of ours only."""

CASES = [case for case in itertools.product(CALLS, (False, True)) if case != ("links", False)]
"""Alone or raced. Who is alone fetches nothing new, and only a fetch links."""

SHORT = {("renames", True), ("connects", False)}
"""What the ordinary suite runs of these; `GITCOORD_TORTURE=2` runs all."""


@pytest.fixture
def served(hub: Hub, tmp_path: Path, mould_of_clones: Mould) -> Iterator[Pair]:
    """Two clones of a hub behind `git daemon`: what is killed here is the client, never the hub's receive-pack."""
    serving = by_daemon(hub)
    with serving.start():
        one, two = mould_of_clones.press(tmp_path, hub.env, "one", "two", url=serving.url)
        yield one, two


def afterwards(hub: Hub, one: Clone, two: Clone, bob: str, name: str, path: str, *, behind: bool) -> str:
    """After a kill somebody else comes along in one of the clones, and wants the same path; returns who has it.

    Whoever that is, the claim of the dead command counts once or not at all. Where nobody brought it to the hub yet,
    a refusal by it is not the hub's word, and says so.
    """
    dave = one.start(f"dave-{name}")
    first = (two, bob) if behind else (one, dave)
    answer = first[0].claim(first[1], path)
    if not answer["confirmed"]:
        assert (answer["result"], answer["hub"]) == ("refused", "ok"), answer
        assert [item["held"]["confirmed"] for item in answer["conflicts"]] == [False], answer
        assert f"claim {path}" not in hub.git("log", "--format=%s", LEDGER).splitlines(), "the hub has it"
    one.forget_away()
    one.won(dave, f"beside/{name}")
    two.won(bob, f"besides/{name}")
    return str(two.holders()[path])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "raced"),
    chosen(SHORT, CASES),
    ids=lambda said: said if isinstance(said, str) else "raced" if said else "alone",
)
def test_killed_at_each_step(served: Pair, hub: Hub, tmp_path: Path, step: str, raced: bool) -> None:
    """`git coord claim`, or a git of its, killed at its K-th call of a kind, for every K (in short, a tenth)."""
    skip_unless_killed(tmp_path)
    one, two = served
    bob = two.start("bob")
    two.won(bob, "first")
    when, deaths, survived = 0, 0, False
    while not survived:
        when += 1 if TIMES > 1 or when < 2 else 10
        assert when < 400, "it never gets through"
        name, path = f"k{when}", f"kill/{when}"
        alice = one.start(name)
        if raced:
            two.won(bob, f"ahead/{when}")  # the push loses: a fetch, a ledger sequenced anew, and another push
        watched = (*OURS, *REFS, log_ref(SessionId(alice))) if step in ("opens", "writes") else ()
        files = [one.top / ".git" / name for file in watched for name in (file, f"{file}.lock")]
        argv = [*killed(CALLS[step], when, *files), "git-coord", "claim", path, "--json"]
        ran = one.run(*argv, check=False, GIT_COORD_SESSION=alice)
        survived = ran.status == 0 and '"confirmed": true' in ran.out
        deaths += not survived
        one.forget_away()
        owner = afterwards(hub, one, two, bob, name, path, behind=when % 4 < 2)
        assert owner == name or not survived
        counted = times(two, alice, f"claim {path}")
        assert counted == 1 if owner == name else counted <= 1
        if owner == name:
            assert one.claim(alice, path)["result"] == "won"
    assert deaths, "nothing was killed: the test tests nothing"
    settled(hub, one, two)


def test_a_lock_of_a_killed_fetch_is_no_obstacle(pair: Pair) -> None:
    """Locks that a killed fetch left in the quarantine are taken away: the clone does not stay offline for ever."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    two.won(bob, "g")
    for leaf in ("ledger", "clones/0123456789abcdef"):
        lock = one.top / ".git" / f"refs/coord-remote/origin/incoming/{leaf}.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
    one.won(alice, "h")
    assert one.holders() == {"f": "alice", "g": "bob", "h": "alice"}


@pytest.mark.slow
def test_killed_at_random_moments(served: Pair, hub: Hub) -> None:
    """The whole client, all its programs, killed after a random time, beside a clone that goes on claiming."""
    one, two = served
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    dice = random.Random(seed)
    bob = two.start("bob")
    deaths = 0
    for number in range(4 * TIMES):
        alice, path = one.start(f"k{number}"), f"kill/{number}"
        running = subprocess.Popen(
            ["git-coord", "claim", path, "--json"],
            cwd=one.top,
            env=one.env | {"GIT_COORD_SESSION": alice},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if number % 2:
            two.won(bob, f"ahead/{number}")
        time.sleep(dice.random() * 0.4)
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
        out, _ = running.communicate()
        deaths += running.returncode == -signal.SIGKILL
        acknowledged = b'"confirmed": true' in out
        one.forget_away()
        owner = afterwards(hub, one, two, bob, f"k{number}", path, behind=dice.random() < 0.5)
        assert times(two, alice, f"claim {path}") <= 1, f"seed {seed}"
        assert owner == f"k{number}" or not acknowledged, f"seed {seed}"
    assert deaths, f"seed {seed}: nothing was killed"
    settled(hub, one, two)
