"""How long a whole `git commit` takes, times one without hooks: `python tests/bench/bench_commit.py`.

Measured in turns, so that a busy machine is busy for all; the ratios of medians and of the fastest are printed.
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

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
ROUNDS = int(os.environ.get("ROUNDS", "40"))
CLAIMS = 200


class Bench:
    """A repository in which bob claims `src` and eve 200 other directories; without `hooks` git runs none."""

    def __init__(self, top: Path, *, hooks: bool) -> None:
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

    def run(self, *argv: str, me: str = "") -> None:
        """Run a program, which must succeed."""
        env = self.env | ({"GIT_COORD_SESSION": me} if me else {})
        subprocess.run(argv, cwd=self.top, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def coord(self, *args: str, me: str = "") -> None:
        """Run git-coord."""
        self.run(sys.executable, "-m", "gitcoord", *args, me=me)

    def commit(self, path: str, me: str = "") -> float:
        """Commit a change of this file; returns the milliseconds."""
        (self.top / path).write_text(os.urandom(8).hex())
        self.run("git", "add", path)
        start = time.perf_counter()
        self.run("git", "commit", "-q", "-m", "x", me=me)
        return (time.perf_counter() - start) * 1000


def main() -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as home:
        plain, coordinated = Bench(Path(home, "plain"), hooks=False), Bench(Path(home, "coord"), hooks=True)
        nobody = Bench(Path(home, "nobody"), hooks=True)
        (nobody.top / ".git" / "coord" / "here").write_text("")
        cases: dict[str, Callable[[], float]] = {
            "without hooks": lambda: plain.commit("doc/a"),
            "others claim elsewhere, no session here": lambda: nobody.commit("doc/a"),
            "others claim elsewhere, by a session": lambda: coordinated.commit("doc/a", "bob"),
            "what the session claims": lambda: coordinated.commit("src/a", "bob"),
        }
        times: dict[str, list[float]] = {case: [] for case in cases}
        for turn in range(ROUNDS + 3):
            for case, run in cases.items():
                took = run()
                if turn >= 3:
                    times[case].append(took)
        bare = times["without hooks"]
        print(f"{'':44}{'median':>10}{'fastest':>10}   (times without hooks)")
        for case, taken in times.items():
            middle = statistics.median(taken) / statistics.median(bare)
            print(f"{case:44}{middle:10.2f}{min(taken) / min(bare):10.2f}   {min(taken):.1f} ms")


if __name__ == "__main__":
    main()
