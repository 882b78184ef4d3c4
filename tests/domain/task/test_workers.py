"""Tasks and real processes: many at once, and some that are killed."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.torture import TIMES
from support.waiting import until

from gitcoord.domain.kinds import KINDS
from gitcoord.domain.task import record
from gitcoord.ledger import sequence
from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from conftest import Repo

WORKER = Path(__file__).with_name("worker.py")


def add(repo: Repo, session: str, count: int, **data: object) -> list[str]:
    """Add so many tasks at once; returns their ids."""
    workspace = repo.workspace()
    ids = [workspace.ids.hexadecimal(32) for _ in range(count)]
    drafts = [Draft("task-add", "add a task", {"title": f"t{at}", **data}, "", name) for at, name in enumerate(ids)]
    done = workspace.record(SessionId(session), *drafts)
    assert not any(item.refused for item in done.outcomes)
    workspace.ledger.store.close()
    return ids


def begin(repo: Repo, session: str, seconds: float = 0) -> subprocess.Popen[str]:
    """Start a worker."""
    argv = [sys.executable, str(WORKER), str(repo.top), session, str(seconds)]
    return subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=repo.env)


def told(worker: subprocess.Popen[str]) -> list[list[str]]:
    """What a worker has said when it has ended as it should."""
    out, err = worker.communicate(timeout=300)
    assert worker.returncode == 0, err
    return [line.split() for line in out.splitlines()]


def is_sound(repo: Repo) -> bool:
    """Whether folding the whole ledger anew gives the same trees and verdicts."""
    workspace = repo.workspace()
    objects = workspace.ledger.store.objects
    commits = sequence.first_parents(objects, workspace.ledger.tip())
    return all(not one.parents or sequence.verify(objects, oid, one, KINDS) == "" for oid, one in commits)


@pytest.mark.slow
def test_sixteen_workers_do_each_task_once(repo: Repo) -> None:
    """Each task is given once and done once, whoever asks at the same time."""
    maker = repo.here("start", "maker", "--json", check=True).json["session"]
    ids = add(repo, maker, 48 * TIMES)
    sessions = [repo.here("start", f"w{at}", "--json", check=True).json["session"] for at in range(16)]
    workers = [begin(repo, name) for name in sessions]
    until(lambda: any(w.poll() for w in workers) or all(w.poll() == 0 for w in workers), "some do not end", 300)
    failed = [worker.communicate()[1] for worker in workers if worker.returncode]
    assert not failed, failed[0]
    said = [line for worker in workers for line in told(worker)]
    assert Counter(task for word, task in said if word == "got") == Counter(ids)
    assert Counter(task for word, task in said if word == "done") == Counter(ids)
    state = repo.workspace().ledger.state()
    tasks = [record.read(state, name) for name in ids]
    assert all(task is not None and (task.status, task.attempt) == ("completed", 1) for task in tasks)
    assert is_sound(repo)


@pytest.mark.slow
def test_tasks_of_killed_workers_are_done_by_others(repo: Repo) -> None:
    """Workers are killed while they hold tasks: every task is done in the end, and never held twice at a time."""
    maker = repo.here("start", "maker", "--json", check=True).json["session"]
    ids = add(repo, maker, 40, attempts=20)
    draw, killed, workers = random.Random(7), 0, []

    def hire() -> None:
        place = subprocess.Popen(["sleep", "600"])
        name = repo.here("start", "w", "--pid", str(place.pid), "--json", check=True).json["session"]
        workers.append((begin(repo, name, 0.1), place))

    for _ in range(4):
        hire()
    while killed < 6:
        time.sleep(0.3)
        worker, place = workers.pop(draw.randrange(len(workers)))
        worker.kill()
        place.kill()
        place.wait()
        worker.communicate()
        killed += 1
        hire()
    try:
        for worker, _ in workers:
            told(worker)
    finally:
        for _, place in workers:
            place.kill()
            place.wait()
    state = repo.workspace().ledger.state()
    tasks = [task for name in ids if (task := record.read(state, name)) is not None]
    assert [task.status for task in tasks] == ["completed"] * len(ids)
    assert sum(task.lost for task in tasks) >= 1, "nobody was killed with a task in hand"
    assert is_sound(repo)


@pytest.mark.slow
def test_graph_of_many_tasks_is_done_in_order(repo: Repo) -> None:
    """Each task of a random graph is given only after all that it depends on, and all of them are done."""
    workspace = repo.workspace()
    maker = repo.here("start", "maker", "--json", check=True).json["session"]
    draw, ids = random.Random(3), [workspace.ids.hexadecimal(32) for _ in range(1000 if TIMES > 1 else 250)]
    edges = {
        name: draw.sample(ids[max(0, at - 50) : at], min(at, draw.choice([0, 1, 1, 2, 3])))
        for at, name in enumerate(ids)
    }
    drafts = [Draft("task-add", "add", {"title": "t", "after": edges[name]}, "", name) for name in ids]
    assert not any(item.refused for item in workspace.record(maker, *drafts).outcomes)
    done: set[str] = set()
    while len(done) < len(ids):
        held = []
        for _ in range(40):  # several are held at once
            outcome = workspace.record(maker, Draft("task-next", "next")).outcomes[0]
            if outcome.refused:
                break
            assert outcome.verdict is not None
            held.append(outcome.verdict.detail["id"])
            assert set(edges[held[-1]]) <= done
        assert held
        drafts = [Draft("task-done", "done", {"id": name}) for name in held]
        assert not any(item.refused for item in workspace.record(maker, *drafts).outcomes)
        done.update(held)
    assert record.open_ids(workspace.ledger.state()) == []
