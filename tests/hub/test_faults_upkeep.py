"""Git's housekeeping in loops, at the hub and in the clones, beside three clones that claim and release."""

from __future__ import annotations

import json
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest
from support.torture import TIMES

from .faults import settled

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Clone, Hub, Repository

TURNS = 2 * TIMES
KIND = (("gc", "-q"), ("pack-refs", "--all", "--prune"), ("repack", "-adq"))
"""What may run beside pushes: what is new and not yet named by a ref stays for two weeks."""
HARSH = (("gc", "-q", "--prune=now"), ("pack-refs", "--all", "--prune"), ("prune", "--expire=now"))
"""What git advises against beside writers: it takes objects that a push brought and no ref names yet."""


class Cleaner(threading.Thread):
    """Does the chores in a repository until it is told to stop."""

    def __init__(self, repository: Repository, chores: tuple[tuple[str, ...], ...]) -> None:
        super().__init__()
        self.chores = chores
        self.repository = repository
        self.over = threading.Event()
        self.done = 0

    def run(self) -> None:
        """Clean up, again and again."""
        while not self.over.is_set():
            for chore in self.chores:
                argv = ["git", *chore]
                top, env = self.repository.top, self.repository.env
                self.done += subprocess.run(argv, cwd=top, env=env, capture_output=True, check=False).returncode == 0


def work(clones: list[Clone], cleaners: list[Cleaner]) -> dict[str, str]:
    """Each clone claims and releases while the cleaners clean; every claim is won. Returns what must be held then."""
    sessions = [clone.start(f"s{number}") for number, clone in enumerate(clones)]
    answers = []
    for cleaner in cleaners:
        cleaner.start()
    try:
        for turn in range(TURNS):
            running = [
                clone.spawn("claim", f"{number}/{turn}", "--json", session=session)
                for number, (clone, session) in enumerate(zip(clones, sessions, strict=True))
            ]
            answers += [json.loads(process.communicate(timeout=60)[0]) for process in running]
            for number, (clone, session) in enumerate(zip(clones, sessions, strict=True)):
                clone.forget_away()
                if turn % 2:
                    clone.release(session, f"{number}/{turn - 1}")
                    clone.forget_away()
    finally:
        for cleaner in cleaners:
            cleaner.over.set()
        for cleaner in cleaners:
            cleaner.join()
    assert all(cleaner.done > 3 for cleaner in cleaners)
    assert [answer for answer in answers if answer.get("result") != "won"] == []
    late = sum(answer["confirmed"] is not True for answer in answers)
    print(f"{len(answers)} claims, {late} of them not confirmed at once")
    kept = [turn for turn in range(TURNS) if turn % 2 or turn == TURNS - 1]
    return {f"{number}/{turn}": f"s{number}" for number in range(len(clones)) for turn in kept}


def whole(*repositories: Repository) -> None:
    """Nothing that a ref leads to is missing, even after the harshest cleaning."""
    for repository in repositories:
        repository.git("gc", "-q", "--prune=now")
        repository.git("fsck", "--connectivity-only")


@pytest.mark.slow
@pytest.mark.parametrize(("where", "chores"), [("hub", KIND), ("clones", HARSH)], ids=["hub", "clones"])
def test_nothing_is_lost(clones: list[Clone], hub: Hub, where: str, chores: tuple[tuple[str, ...], ...]) -> None:
    """What was claimed while the hub was packed, or the clones packed and pruned, all the time is there, everywhere."""
    cleaned = [hub] if where == "hub" else clones
    held = work(clones, [Cleaner(one, chores) for one in cleaned])
    assert settled(hub, *clones) == held
    whole(hub, *clones)
    assert settled(hub, *clones) == held


def loose(repository: Repository, oid: str) -> Path:
    """The file of an object, below whatever directory it has for them."""
    directory = repository.top / repository.git("rev-parse", "--git-path", "objects")
    return directory / oid[:2] / oid[2:]


@pytest.mark.slow
@pytest.mark.parametrize("whose", ["fetched", "own"])
def test_a_clone_that_lost_an_object(pair: tuple[Clone, Clone], hub: Hub, whose: str) -> None:
    """A prune beside a fetch may take what it brought: it is fetched once more, and what is ours is in the journal."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "f")
    two.won(bob, "g")
    one.sync()
    lost = one.ref(f"refs/coord/sessions/{alice}/log") if whose == "own" else two.ref(f"refs/coord/sessions/{bob}/log")
    loose(one, lost).unlink()
    two.won(bob, "h")
    one.won(alice, "i")
    assert settled(hub, one, two) == {"f": "alice", "g": "bob", "h": "bob", "i": "alice"}
    whole(one)


@pytest.mark.slow
def test_a_hub_that_lost_an_object(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """Nothing comes from it, and it says why; git sends nothing that it believes to be there: its refs have to go."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    two.won(bob, "g")
    one.won(alice, "f")
    loose(hub, one.ref(f"refs/coord/sessions/{alice}/log")).unlink()
    answer = two.claim(bob, "h")
    assert (answer["result"], answer["confirmed"]) == ("won", False)
    ran = two.here("sync")
    assert ran.status == 3
    assert "repository corruption on the remote side" in ran.err
    hub.lose_refs()
    assert settled(hub, one, two) == {"f": "alice", "g": "bob", "h": "bob"}
    whole(hub, one, two)


@pytest.mark.skipif(TIMES == 1, reason="one of the long variants: GITCOORD_TORTURE=2")
def test_a_hub_that_was_pruned_beside_pushes(clones: list[Clone], hub: Hub) -> None:
    """Objects may be missing then, which git cannot send again by itself: without its refs the hub gets all of it."""
    held = work(clones, [Cleaner(hub, HARSH)])
    damaged = hub.run("git", "fsck", "--connectivity-only", check=False).status != 0
    print(f"damaged: {damaged}")
    hub.lose_refs()
    assert settled(hub, *clones) == held
    whole(hub, *clones)
