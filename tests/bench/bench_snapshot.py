"""How long a snapshot takes, against what git itself needs to look: `python tests/bench/bench_snapshot.py [RUNS]`.

A worktree of 20,000 files: clean, against `git status`; with 100 changed files, against `git stash create`. Everything
is measured in turns; the ratios of medians, and in parentheses of the fastest runs, are what counts. `work` is what a
snapshot does in a process that has been started, `command` the whole of `git coord snapshot`, and `whoami` a command
that does nothing, for what starting a process costs.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from surroundings import surroundings

from gitcoord.domain.session import record as session
from gitcoord.domain.session import start
from gitcoord.domain.snapshot import taking
from gitcoord.domain.workspace import Caller, open_workspace
from gitcoord.kernel.clock import RandomIds, SystemClock
from gitcoord.kernel.place import discover

if TYPE_CHECKING:
    from collections.abc import Callable

FILES, CHANGED = 20_000, 100
RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 15


def run(top: Path, env: dict[str, str], *argv: str) -> None:
    """Run a program."""
    subprocess.run(argv, cwd=top, env=env, check=True, stdout=subprocess.DEVNULL)


def timed(work: Callable[[], object]) -> float:
    """Milliseconds for one run."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def measure(cases: dict[str, Callable[[], object]], before: Callable[[int], None], against: str) -> None:
    """Run all in turns and print."""
    times: dict[str, list[float]] = {case: [] for case in cases}
    for number in range(RUNS):
        for case, work in cases.items():
            before(number * len(cases) + list(cases).index(case))
            times[case].append(timed(work))
    floor = times[against]
    for case, found in times.items():
        ratio = statistics.median(found) / statistics.median(floor)
        print(f"  {case:<18} {statistics.median(found):7.1f} ms   {ratio:.2f} ({min(found) / min(floor):.2f})")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name, "work")
        top.mkdir()
        env = surroundings(HOME=name)
        run(top, env, "git", "init", "-q")
        for number in range(FILES):
            path = top / f"d{number // 100}/f{number % 100}"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{number}\n" * 20)
        run(top, env, "git", "add", ".")
        run(top, env, "git", "commit", "-q", "-m", "first")
        run(top, env, "git", "config", "coord.fsync", "false")
        program = str(Path(sys.executable).with_name("git-coord"))
        run(top, env, program, "init")
        time.sleep(1.1)
        run(top, env, "git", "update-index", "--refresh")
        place = discover(str(top), env)
        workspace = open_workspace(place, SystemClock(), RandomIds(), Caller(os.getpid(), "", "bench", "here"))
        started = start.start(workspace, start.Request(name="bench")).session
        me = session.read(workspace.ledger.state(), started)
        assert me is not None

        def command(*words: str) -> Callable[[], None]:
            return lambda: run(top, env, *words)

        ours: dict[str, Callable[[], object]] = {
            "work": lambda: taking.take(workspace, me),
            "command": command(program, "snapshot", "--session", me.id),
            "whoami": command(program, "whoami", "--session", me.id),
        }
        print(f"clean, {FILES:,} files, against git status:")
        measure({"git status": command("git", "status"), **ours}, lambda _: None, "git status")

        def change(number: int) -> None:
            for at in range(CHANGED):
                (top / f"d{at}/f{at}").write_text(f"change {number}\n" * 20)

        print(f"{CHANGED} changed files, against git stash create:")
        measure({"git stash create": command("git", "stash", "create"), **ours}, change, "git stash create")
        workspace.ledger.store.close()


if __name__ == "__main__":
    main()
