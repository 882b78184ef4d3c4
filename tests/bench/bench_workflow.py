"""What a workflow costs: `python tests/bench/bench_workflow.py`.

`git coord workflow start` of 200 stages, each needing the one before it, beside one `git coord task add`, in turn;
and how many operations that is.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from surroundings import surroundings

STAGES = 200
ROUNDS = 12


def git(top: Path, *args: str) -> str:
    """Run git, which must succeed."""
    ran = subprocess.run(["git", "-C", str(top), *args], check=True, capture_output=True, text=True, env=surroundings())
    return ran.stdout


def timed(top: Path, *args: str) -> float:
    """How many milliseconds a command takes."""
    began = time.perf_counter()
    git(top, *args)
    return 1000 * (time.perf_counter() - began)


def operations(top: Path) -> int:
    """How many operations the ledger has."""
    return int(json.loads(git(top, "show", "refs/coord/ledger:meta.json"))["operations"])


def main() -> None:
    """Print medians, their ratio, and the number of operations."""
    with tempfile.TemporaryDirectory() as home:
        top = Path(home, "repo")
        git(Path(home), "init", "-q", "-b", "main", str(top))
        git(top, "commit", "-q", "--allow-empty", "-m", "first")
        git(top, "coord", "init", "-q", "--hooks", "none")
        session = git(top, "coord", "start", "writer", "-q").strip()
        stages = [{"name": f"s{n}", "title": f"Stage {n}", "needs": [f"s{n - 1}"] if n else []} for n in range(STAGES)]
        flow = Path(home, "flow.json")
        flow.write_text(json.dumps({"title": "Many", "stages": stages}))
        started, added, count = [], [], 0
        for _ in range(ROUNDS):
            before = operations(top)
            started.append(timed(top, "coord", "workflow", "start", str(flow), "-q", "--session", session))
            count = operations(top) - before
            added.append(timed(top, "coord", "task", "add", "x", "-q", "--session", session))
        one, many = statistics.median(added), statistics.median(started)
        print(f"task add: {one:.0f} ms")
        print(f"workflow of {STAGES} stages: {many:.0f} ms, {many / one:.1f} times, operations: {count}")


if __name__ == "__main__":
    main()
