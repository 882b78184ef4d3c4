"""How long a whole `git commit` takes, times one without hooks: `python tests/bench/bench_commit.py`.

Measured in turns, so that a busy machine is busy for all: by the clock, and the processor time of all processes of the
commit, which says more where a machine is busy. The ratios of medians and of the least are printed.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from surroundings import surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[2]
ROUNDS = int(os.environ.get("ROUNDS", "40"))
CLAIMS = 200


class Bench:
    """A repository in which bob claims `src` and eve 200 other directories; without `hooks` it has those of `bare`."""

    def __init__(self, top: Path, *, hooks: bool, bare: Mapping[str, str] = MappingProxyType({})) -> None:
        self.top = top
        self.env = surroundings(HOME=str(top.parent), PYTHONPATH=str(ROOT))
        top.mkdir()
        self.run("git", "init", "-q")
        for setting in ("user.name=bench", "user.email=bench@example.com", "gc.auto=0", "coord.fsync=false"):
            self.run("git", "config", *setting.split("="))
        (top / "src").mkdir()
        (top / "doc").mkdir()
        if hooks:
            self.coord("init")
            self.coord("start", "bob")
            self.coord("start", "eve")
            self.coord("claim", "src", me="bob")
            self.coord("claim", *(f"d{n // 10}/e{n}/" for n in range(CLAIMS)), me="eve")
        else:
            (top / ".git" / "hooks").mkdir(exist_ok=True)
            for name, script in bare.items():
                (top / ".git" / "hooks" / name).write_text(f"#!/bin/sh\n{script}\n")
                (top / ".git" / "hooks" / name).chmod(0o755)

    def run(self, *argv: str, me: str = "") -> None:
        """Run a program, which must succeed."""
        env = self.env | ({"GIT_COORD_SESSION": me} if me else {})
        subprocess.run(argv, cwd=self.top, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def coord(self, *args: str, me: str = "") -> None:
        """Run git-coord."""
        self.run(sys.executable, "-m", "gitcoord", *args, me=me)

    def commit(self, path: str, me: str = "") -> tuple[float, float]:
        """Commit a change of this file; returns the milliseconds by the clock, and of processor time."""
        (self.top / path).write_text(os.urandom(8).hex())
        self.run("git", "add", path)
        env = self.env | ({"GIT_COORD_SESSION": me} if me else {})
        start = time.perf_counter()
        pid = os.posix_spawnp("git", ["git", "-C", str(self.top), "commit", "-q", "-m", "x"], env)
        _, status, used = os.wait4(pid, 0)
        took = time.perf_counter() - start
        assert status == 0
        return took * 1000, (used.ru_utime + used.ru_stime) * 1000


def main() -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as home:
        plain, coordinated = Bench(Path(home, "plain"), hooks=False), Bench(Path(home, "coord"), hooks=True)
        nobody = Bench(Path(home, "nobody"), hooks=True)
        (nobody.top / ".git" / "coord" / "roster").write_text("")
        idle = dict.fromkeys(("pre-commit", "prepare-commit-msg", "post-commit"), "exit 0")
        asks = idle | {"pre-commit": "staged=$(git diff --cached --name-only)"}
        notes = asks | {"post-commit": "git notes --ref=coord add -f -m x >/dev/null 2>&1"}
        floors = {
            "three hooks that do nothing": Bench(Path(home, "idle"), hooks=False, bare=idle),
            "the same, and one git diff --cached": Bench(Path(home, "asks"), hooks=False, bare=asks),
            "the same, and one git notes add": Bench(Path(home, "notes"), hooks=False, bare=notes),
        }
        cases: dict[str, Callable[[], tuple[float, float]]] = {
            "without hooks": lambda: plain.commit("doc/a"),
            "others claim elsewhere, no session here": lambda: nobody.commit("doc/a"),
            "others claim elsewhere, by a session": lambda: coordinated.commit("doc/a", "bob"),
            "what the session claims": lambda: coordinated.commit("src/a", "bob"),
        }
        cases |= {case: partial(bench.commit, "doc/a") for case, bench in floors.items()}
        times: dict[str, list[tuple[float, float]]] = {case: [] for case in cases}
        for turn in range(ROUNDS + 3):
            for case, run in cases.items():
                took = run()
                if turn >= 3:
                    times[case].append(took)
        print(f"{'':42}{'clock: median':>14}{'least':>7}{'processor: median':>20}{'least':>7}   (times without hooks)")
        bare = _figures(times["without hooks"])
        for case, taken in times.items():
            found = _figures(taken)
            middle, least, work, least_work = (one / other for one, other in zip(found, bare, strict=True))
            print(
                f"{case:42}{middle:14.2f}{least:7.2f}{work:20.2f}{least_work:7.2f}   {found[1]:.1f} ms, {found[3]:.1f}"
            )


def _figures(taken: list[tuple[float, float]]) -> tuple[float, float, float, float]:
    """Median and least by the clock, and of processor time."""
    clock, work = zip(*taken, strict=True)
    return statistics.median(clock), min(clock), statistics.median(work), min(work)


if __name__ == "__main__":
    main()
