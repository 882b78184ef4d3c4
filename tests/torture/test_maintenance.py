"""Git's own housekeeping, run in loops beside writers, loses nothing."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from support.torture import TIMES, every

if TYPE_CHECKING:
    from collections.abc import Callable

    from .rig import Arena, Worker

CHORES = {
    "gc": [["git", "gc", "-q", "--prune=now"]],
    "repack": [["git", "repack", "-adq"], ["git", "prune", "--expire=now"]],
    "refs": [["git", "pack-refs", "--all", "--prune"]],
    "ours": [
        ["git-coord", "gc", "-q"],
        ["git", "gc", "-q", "--prune=now"],
        ["git-coord", "gc", "-q"],
        ["git", "repack", "-adq"],
        ["git", "prune", "--expire=now"],
    ],
    "all": [
        ["git", "gc", "-q", "--prune=now"],
        ["git", "pack-refs", "--all", "--prune"],
        ["git", "repack", "-adq"],
        ["git", "worktree", "prune"],
        ["git", "fetch", "-q", "--prune", "origin"],
        ["git", "prune-packed"],
        ["git", "reflog", "expire", "--expire=now", "--all"],
        ["git", "prune", "--expire=now"],
    ],
}


def work_for(seconds: float, workers: list[Worker], met: Callable[[], bool]) -> list[dict[str, Any]]:
    """Let them work so long, and on a busy machine until each has said something 20 times and the other side has met.

    Returns what they said. Fails where one says nothing for a minute.
    """
    until = time.monotonic() + seconds
    said: list[dict[str, Any]] = []
    while time.monotonic() < until or len(said) < 20 * len(workers) or (not met() and time.monotonic() < until + 60):
        said += [worker.hear() for worker in workers]
    return said


@pytest.mark.slow
@pytest.mark.parametrize("chores", every(2, ("ours", "gc", "all", "repack", "refs")))
def test_housekeeping_beside_writers_loses_nothing(any_arena: Arena, chores: str) -> None:
    """Every acknowledged operation survives pruning, packing and fetching that run all the while."""
    bare = str(any_arena.top.parent / "origin.git")
    any_arena.git("clone", "-q", "--bare", str(any_arena.top), bare)
    any_arena.git("remote", "add", "origin", bare)
    who = any_arena.sessions("a", "b", "c")
    workers = [any_arena.worker("ack", one, seed) for seed, one in enumerate(who)]
    for worker in workers:
        worker.hear()
    stop = threading.Event()
    runs: list[int] = []

    def clean() -> None:
        while not stop.is_set():
            for argv in CHORES[chores]:
                runs.append(any_arena.upkeep(*argv))

    cleaner = threading.Thread(target=clean)
    cleaner.start()
    said = work_for(1.0 * TIMES, workers, lambda: 0 in runs)
    stop.set()
    cleaner.join()
    for graph in any_arena.git_dir.glob("objects/info/commit-graph*"):
        graph.unlink()  # Git 2.55 writes one that kills its own fsck when objects are pruned meanwhile
    for worker in workers:
        worker.kill()
    said += [item for worker in workers for item in worker.rest()]
    errors = [item for item in said if "message" in item]
    assert not errors, errors[:3]
    acked = {identity for item in said for identity in item["ids"]}
    assert 0 in runs, runs
    any_arena.settle()
    assert acked <= {identity for _, identity, _ in any_arena.operations()}
    any_arena.sound()
    if chores in ("gc", "ours", "all"):  # what may no longer be there is not needed either
        any_arena.git("gc", "-q", "--prune=now")
        any_arena.sound()


@pytest.mark.slow
def test_foreign_ref_writers_delay_and_do_not_refuse(any_arena: Arena) -> None:
    """Somebody who makes and deletes branches all the while (one lock for all refs in a reftable) stops no writer."""
    (who,) = any_arena.sessions("a")
    worker = any_arena.worker("ack", who, 1)
    worker.hear()
    stop = threading.Event()
    turns: list[int] = []

    def branch() -> None:
        while not stop.is_set():
            any_arena.git("branch", "x", "HEAD")
            any_arena.git("branch", "-q", "-D", "x")
            turns.append(1)

    other = threading.Thread(target=branch)
    other.start()
    said = work_for(1.0 * TIMES, [worker], lambda: len(turns) > 20)
    stop.set()
    other.join()
    worker.kill()
    said += worker.rest()
    assert not [item for item in said if "message" in item], said
    assert len(turns) > 20
    any_arena.settle()
    any_arena.sound()
