"""What shared state costs: `python tests/bench/bench_state.py [write] [count]`.

`write`: `git coord state set` in a scope of 1,000 keys and 10,000 versions beside one in a scope of ten. `count`: eight
processes that add one to a value 500 times each, under the version that they read.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from surroundings import surroundings

from gitcoord.domain.workspace import Caller, open_workspace
from gitcoord.kernel.clock import RandomIds, SystemClock
from gitcoord.kernel.place import discover
from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import SessionId

LARGE = (1000, 10_000)
SMALL = (10, 10)
ROUNDS = 40
WORKERS, EACH = 8, 500
BATCH = 10

COUNTING = """
import os, sys
from pathlib import Path
from gitcoord.domain.state import record
from gitcoord.domain.workspace import Caller, open_workspace
from gitcoord.errors import Refused
from gitcoord.kernel.clock import RandomIds, SystemClock
from gitcoord.kernel.place import discover
from gitcoord.ledger.event import Draft
place = discover(sys.argv[1], dict(os.environ))
workspace = open_workspace(place, SystemClock(), RandomIds(), Caller(os.getpid(), "", "bench", "here"))
done = 0
while done < int(sys.argv[3]):
    seen = record.read(workspace.ledger.state(), "shared", "count")
    change = {"op": "set", "key": "count", "value": str(int(seen.text) + 1), "saw": seen.write}
    draft = Draft("state", "count", {"scope": "shared", "changes": [change]})
    done += workspace.ledger.record(sys.argv[2], draft).outcomes[0].verdict.accepted
"""


def git(top: Path, *args: str) -> str:
    """Run git, which must succeed."""
    ran = subprocess.run(["git", "-C", str(top), *args], check=True, capture_output=True, text=True, env=surroundings())
    return ran.stdout


def repository(home: str) -> tuple[Path, str]:
    """A repository that is set up, and a session in it."""
    top = Path(home, "repo")
    git(Path(home), "init", "-q", "-b", "main", str(top))
    git(top, "config", "coord.fsync", "false")
    git(top, "commit", "-q", "--allow-empty", "-m", "first")
    git(top, "coord", "init", "-q", "--hooks", "none")
    return top, git(top, "coord", "start", "writer", "-q").strip()


def fill(top: Path, session: str, scope: str, keys: int, versions: int) -> None:
    """Write so often to a scope, each time another key."""
    place = discover(str(top), surroundings())
    workspace = open_workspace(place, SystemClock(), RandomIds(), Caller(0, "", "bench", "here"))
    drafts = [
        Draft("state", "fill", {"scope": scope, "changes": [{"op": "set", "key": f"key-{n % keys}", "value": str(n)}]})
        for n in range(versions)
    ]
    for at in range(0, versions, BATCH):
        workspace.ledger.record(SessionId(session), *drafts[at : at + BATCH])
    workspace.ledger.store.close()


def write() -> None:
    """Time a write to a large scope and to a small one, in turns."""
    with tempfile.TemporaryDirectory() as home:
        top, session = repository(home)
        for name, (keys, versions) in {"large": LARGE, "small": SMALL}.items():
            fill(top, session, name, keys, versions)
        git(top, "coord", "gc", "-q")
        times: dict[str, list[float]] = {"large": [], "small": []}
        for number in range(ROUNDS):
            for name, found in times.items():
                began = time.perf_counter()
                git(top, "coord", "--session", session, "state", "set", name, f"key-{number % 10}", "1", "-q")
                found.append(time.perf_counter() - began)
        large, small = (statistics.median(times[name]) * 1000 for name in ("large", "small"))
        print(f"state set: {large:.1f} ms in {LARGE[0]} keys, {LARGE[1]} versions; {small:.1f} ms in {SMALL[0]}")
        print(f"ratio {large / small:.2f} (at most 1.5)")


def count() -> None:
    """Let eight processes count together."""
    with tempfile.TemporaryDirectory() as home:
        top, _ = repository(home)
        sessions = [git(top, "coord", "start", f"w{number}", "-q").strip() for number in range(WORKERS)]
        git(top, "coord", "--session", sessions[0], "state", "set", "shared", "count", "0")
        began = time.perf_counter()
        argv = [sys.executable, "-c", COUNTING, str(top)]
        running = [subprocess.Popen([*argv, session, str(EACH)], env=surroundings()) for session in sessions]
        assert [process.wait() for process in running] == [0] * WORKERS
        seconds = time.perf_counter() - began
        total = git(top, "coord", "state", "get", "shared", "count").strip()
        print(f"count: {total} of {WORKERS * EACH} in {seconds:.1f} s")


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["write", "count"]
    for name in wanted:
        {"write": write, "count": count}[name]()
