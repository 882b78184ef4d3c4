"""How fast tasks are given and done: `python tests/bench/bench_tasks.py [drain] [next]`.

`drain`: 16 processes take and complete 2,000 short tasks, fsync off. `next`: one `task next`, in one process, with
100 ready tasks of 100 and of 10,000, in turns; half of the others depend on open ones, half are over.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from surroundings import surroundings

from gitcoord.domain.session import record as session
from gitcoord.domain.session import start
from gitcoord.domain.task import giving
from gitcoord.domain.workspace import Caller, Workspace, open_workspace
from gitcoord.kernel.clock import RandomIds, SystemClock
from gitcoord.kernel.place import discover
from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import SessionId

WORKER = Path(__file__).parents[1] / "domain" / "task" / "worker.py"
WORKERS, TASKS = 16, 2000
READY, ROUNDS = 100, 60


def repository(home: str, name: str) -> Workspace:
    """A repository that is set up, fsync off, opened."""
    top, env = Path(home, name), surroundings()
    program = str(Path(sys.executable).with_name("git-coord"))
    for argv in (
        ["git", "init", "-q", str(top)],
        ["git", "-C", str(top), "config", "coord.fsync", "false"],
        ["git", "-C", str(top), "commit", "-q", "--allow-empty", "-m", "first"],
        [program, "-C", str(top), "init", "-q"],
    ):
        subprocess.run(argv, env=env, check=True, stdout=subprocess.DEVNULL)
    return open_workspace(discover(str(top), env), SystemClock(), RandomIds(), Caller(os.getpid(), "", "bench", "here"))


def begin(workspace: Workspace, name: str) -> str:
    """Start a session; returns its id."""
    return start.start(workspace, start.Request(name=name)).session


def add(workspace: Workspace, me: str, count: int, **data: object) -> list[str]:
    """Add so many tasks; returns their ids."""
    ids = [workspace.ids.hexadecimal(32) for _ in range(count)]
    for at in range(0, count, 500):
        drafts = [Draft("task-add", "add a task", {"title": "t", **data}, "", name) for name in ids[at : at + 500]]
        assert not any(item.refused for item in workspace.record(SessionId(me), *drafts).outcomes)
    return ids


def drain(home: str) -> None:
    """Let 16 processes do 2,000 tasks."""
    workspace = repository(home, "drain")
    add(workspace, begin(workspace, "maker"), TASKS)
    sessions = [begin(workspace, f"w{at}") for at in range(WORKERS)]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    before, began = used.ru_utime + used.ru_stime, time.perf_counter()
    argv = [sys.executable, str(WORKER), str(workspace.place.top)]
    workers = [
        subprocess.Popen([*argv, name], env=surroundings(), stdout=subprocess.PIPE, text=True) for name in sessions
    ]
    done = [line for worker in workers for line in worker.communicate()[0].splitlines() if line.startswith("done")]
    took = time.perf_counter() - began
    assert all(worker.returncode == 0 for worker in workers)
    assert len(done) == len(set(done)) == TASKS, "each is done once"
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime - before
    print(
        f"drain: {WORKERS} processes did {TASKS} tasks in {took:.1f} s: {TASKS / took:.0f} a second (at least 60);"
        f" they used {cpu / took:.1f} cores, {cpu / TASKS * 1000:.0f} ms of processor time a task"
    )


def filled(home: str, total: int) -> tuple[Workspace, str]:
    """A repository with so many tasks, 100 of them ready."""
    workspace = repository(home, f"next{total}")
    me = begin(workspace, "asker")
    add(workspace, me, READY + 5)  # some are given to warm up
    others = total - READY
    if others:
        gate = add(workspace, me, 1, to={"name": "nobody"})
        over = add(workspace, me, others // 2, to={"name": "nobody"})
        for at in range(0, len(over), 500):
            drafts = [Draft("task-cancel", "cancel", {"id": name}) for name in over[at : at + 500]]
            workspace.record(SessionId(me), *drafts)
        add(workspace, me, others - others // 2, after=gate)
    subprocess.run(["git", "-C", workspace.place.top, "repack", "-adq"], check=True)
    return workspace, me


def once(workspace: Workspace, name: str) -> float:
    """Take a task, and give it back; returns how many milliseconds the first takes."""
    me = session.read(workspace.ledger.state(), SessionId(name))
    assert me is not None
    began = time.perf_counter()
    given = giving.ask(workspace, me, "")
    took = (time.perf_counter() - began) * 1000
    assert given is not None
    assert given.outcome.verdict is not None
    task = given.outcome.verdict.detail["id"]
    workspace.record(SessionId(name), Draft("task-return", "give a task back", {"id": task}))
    return took


def ask_next(home: str) -> None:
    """Compare `task next` among few tasks and among many."""
    few, many = filled(home, READY), filled(home, 10_000)
    times: dict[int, list[float]] = {0: [], 1: []}
    for round_ in range(ROUNDS + 5):
        for at, (workspace, me) in enumerate((few, many)):
            took = once(workspace, me)
            if round_ >= 5:
                times[at].append(took)
    small, large = statistics.median(times[0]), statistics.median(times[1])
    print(
        f"next: {small:.1f} ms with 100 tasks, {large:.1f} ms with 10,000 of which 100 are ready:"
        f" {large / small:.2f} times (at most 1.5)"
    )


def main() -> None:
    """Measure and print."""
    wanted = sys.argv[1:] or ["drain", "next"]
    with tempfile.TemporaryDirectory() as home:
        for name in wanted:
            {"drain": drain, "next": ask_next}[name](home)


if __name__ == "__main__":
    main()
