"""How long the commit guard takes, against what it cannot do without: `python tests/bench/bench_guard.py`.

The floor is `python -I -c pass` and then two git calls run at once. Everything is measured in turns, so that a busy
machine is busy for all; the ratios of medians are what counts.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from surroundings import surroundings

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from gitcoord.domain.kinds import KINDS  # noqa: E402 - the path comes first
from gitcoord.kernel import place, process, roster, store, whereabouts  # noqa: E402
from gitcoord.kernel.clock import RandomIds, SystemClock  # noqa: E402
from gitcoord.ledger.event import Draft  # noqa: E402
from gitcoord.ledger.ledger import Ledger  # noqa: E402
from gitcoord.policy.ids import SessionId  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

PYTHON = sys.executable
PROGRAM = str(ROOT / "gitcoord" / "hook" / "__main__.py")
ROUNDS = int(os.environ.get("ROUNDS", "60"))
SCOPES = 20  # of one claim
STAGED = 8


class Bench:
    """A repository with so many claimed paths, at most 100 in a directory, and some staged files."""

    def __init__(self, top: Path, claims: int) -> None:
        self.top = top
        self.env = surroundings(HOME=str(top))
        top.mkdir()
        self.git("init", "-q")
        self.git("config", "user.name", "bench")
        self.git("config", "user.email", "bench@example.com")
        self.git("config", "coord.fsync", "false")
        coord = top / ".git" / "coord"
        coord.mkdir()
        (coord / "clone").write_text(json.dumps({"id": "c", **whereabouts.of(str(coord))}))
        opened = store.open_store(place.discover(str(top), self.env))
        ledger = Ledger(opened, lambda: KINDS, SystemClock(), RandomIds(), "a@b")
        ledger.begin("bench")
        self.other, self.me = self.session(ledger, "other"), self.session(ledger, "mine")
        for first in range(0, claims, SCOPES):
            paths = [f"d{n // 1000}/e{n // 100 % 10}/f{n % 100}" for n in range(first, min(first + SCOPES, claims))]
            self.claim(ledger, self.other, paths)
        self.claim(ledger, self.me, ["mine"])
        ledger.store.close()
        here = process.read(os.getpid())
        assert here is not None
        mark = process.mark(here)
        entry = roster.Entry(
            SessionId(self.me), "mine", worktree=str(top / ".git"), kind="pid", pid=mark.pid, start=mark.start,
            boot=mark.boot, namespace=mark.namespace,
        )  # fmt: skip
        roster.write(str(coord / "roster"), [entry])
        for number in range(400):
            self.write(f"d{number % 10}/e{number // 10 % 10}/g{number}")
        self.write("mine/x")
        self.git("add", ".")
        self.git("commit", "-q", "-m", "first")

    def git(self, *args: str) -> None:
        """Run git."""
        subprocess.run(["git", *args], cwd=self.top, env=self.env, check=True, stdout=subprocess.DEVNULL)

    def write(self, path: str) -> None:
        """Write a file."""
        (self.top / path).parent.mkdir(parents=True, exist_ok=True)
        (self.top / path).write_text(os.urandom(8).hex())

    def session(self, ledger: Ledger, name: str) -> str:
        """Start a session."""
        session = f"{name}-{os.urandom(4).hex()}"
        ledger.transact(SessionId(session), lambda _: [Draft("register", "start", {"clone": "c", "name": name})])
        return session

    def claim(self, ledger: Ledger, session: str, paths: list[str]) -> None:
        """Claim these paths."""
        scopes = [{"directory": path} for path in paths]
        done = ledger.transact(SessionId(session), lambda _: [Draft("claim", "claim", {"scopes": scopes})])
        assert done.outcomes[0].verdict and done.outcomes[0].verdict.accepted

    def stage(self, *paths: str) -> None:
        """Stage changes of these files and nothing else."""
        self.git("reset", "-q")
        for path in paths:
            self.write(path)
        self.git("add", "--", *paths)

    def floor(self) -> None:
        """What cannot be avoided."""
        subprocess.run([PYTHON, "-I", "-c", "pass"], cwd=self.top, env=self.env, check=True)
        diff = ["git", "diff", "--cached", "--name-only", "-z", "--no-renames"]
        cat = ["git", "cat-file", "--batch"]
        one = subprocess.Popen(diff, cwd=self.top, env=self.env, stdout=subprocess.DEVNULL)
        two = subprocess.Popen(cat, cwd=self.top, env=self.env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        two.communicate(b"refs/coord/ledger^{tree}\n")
        one.wait()

    def guard(self) -> None:
        """The guard, which must let it pass."""
        argv = [PYTHON, "-I", "-S", PROGRAM, "pre-commit", str(self.top / ".git")]
        subprocess.run(argv, cwd=self.top, env=self.env, check=True)


def measure(what: dict[str, Callable[[], None]]) -> dict[str, float]:
    """Median times in milliseconds, measured in turns."""
    times: dict[str, list[float]] = {name: [] for name in what}
    for turn in range(ROUNDS + 3):
        for name, run in what.items():
            start = time.perf_counter()
            run()
            if turn >= 3:
                times[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(taken) for name, taken in times.items()}


def main() -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as home:
        few, many = Bench(Path(home, "few"), 10), Bench(Path(home, "many"), 10_000)
        free = [f"d{number}/e1/g{number + 10}" for number in range(STAGED)]
        print(f"{'':34}{'10 claims':>12}{'10,000':>12}   (x floor)")
        for title, paths in (("unclaimed paths", free), ("one path, claimed by me", ["mine/x"])):
            for bench in (few, many):
                bench.stage(*paths)
            took = measure({"floor": few.floor, "few": few.guard, "many": many.guard})
            floor = took["floor"]
            print(f"{title:34}{took['few'] / floor:12.2f}{took['many'] / floor:12.2f}   floor {floor:.1f} ms")
            print(f"{'   10,000 against 10':34}{'':12}{took['many'] / took['few']:12.2f}")


if __name__ == "__main__":
    main()
