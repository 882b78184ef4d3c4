"""What the radar costs, against the bare `git merge-tree` calls in it: `python tests/bench/bench_radar.py [RUNS]`.

A repository of 20,000 files with 50 branches of 10 commits each, of which a fifth of the pairs touch common files. The
first look is measured against one `git merge-tree --write-tree` for each pair that has to be merged, called one after
the other, in turns; then a look after one branch has moved. Ratios of medians, of the fastest runs in parentheses, and
of processor time.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from surroundings import surroundings

from gitcoord.domain.radar import looking
from gitcoord.domain.workspace import Caller, open_workspace
from gitcoord.kernel.clock import RandomIds, SystemClock
from gitcoord.kernel.place import discover

if TYPE_CHECKING:
    from collections.abc import Callable

FILES, BRANCHES, COMMITS, GROUPS = 20_000, 50, 10, 5
"""Branches of a group touch one file in common: of five groups a fifth of the pairs."""

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 5


def generate(top: Path, env: dict[str, str]) -> None:
    """Make the repository."""
    paths = [f"d{i % 40:02d}/e{i // 40 % 25:02d}/f{i:05d}.txt" for i in range(FILES)]
    text = "".join(f"line {n}\n" for n in range(20))
    who = "committer x <x@x> 1700000000 +0000\n"

    def file(number: int, content: str) -> str:
        return f"M 100644 inline {paths[number]}\ndata {len(content)}\n{content}\n"

    stream = [f"commit refs/heads/main\nmark :1\n{who}data 4\nbase\n"]
    stream += [file(number, text + str(number)) for number in range(FILES)]
    for branch in range(BRANCHES):
        for commit in range(COMMITS):
            stream.append(f"\ncommit refs/heads/w{branch:02d}\n{who}data 1\nx\n" + ("from :1\n" if commit == 0 else ""))
            stream.append(file(1000 + branch * 100 + commit, f"{branch} {commit}"))
            if commit == COMMITS // 2:
                line = 5 if branch % 2 else 15
                stream.append(file(branch % GROUPS, text.replace(f"line {line}\n", f"line {line} {branch}\n")))
    data = "".join(stream).encode()
    subprocess.run(["git", "fast-import", "--quiet"], cwd=top, env=env, input=data, check=True)


def move(top: Path, env: dict[str, str], branch: int) -> None:
    """Commit a change to a file of a branch."""
    ref = f"refs/heads/w{branch:02d}"
    head = f"commit {ref}\ncommitter x <x@x> 1700000001 +0000\ndata 1\ny\nfrom {ref}^0\n"
    number = 1000 + branch * 100
    data = f"{head}M 100644 inline d{number % 40:02d}/e{number // 40 % 25:02d}/f{number:05d}.txt\ndata 1\ny\n".encode()
    subprocess.run(["git", "fast-import", "--quiet"], cwd=top, env=env, input=data, check=True)


def processor() -> float:
    """Milliseconds of the processor that this process and the programs it has waited for have taken."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used) * 1000


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds for one run, by the clock and of the processor."""
    began, before = time.perf_counter(), processor()
    work()
    return (time.perf_counter() - began) * 1000, processor() - before


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name, "work")
        top.mkdir()
        env = surroundings(HOME=name)

        def git(*args: str) -> str:
            return subprocess.run(["git", *args], cwd=top, env=env, check=True, capture_output=True, text=True).stdout

        git("init", "-q", "-b", "main")
        generate(top, env)
        git("config", "coord.fsync", "false")
        program = str(Path(sys.executable).with_name("git-coord"))
        subprocess.run([program, "init"], cwd=top, env=env, check=True, capture_output=True)
        place = discover(str(top), env)
        workspace = open_workspace(place, SystemClock(), RandomIds(), Caller(0, "", "bench", "here"))
        state = workspace.ledger.state()
        pairs = [pair for pair in combinations(range(BRANCHES), 2) if pair[0] % GROUPS == pair[1] % GROUPS]

        def bare() -> None:
            for first, second in pairs:
                names = (f"w{first:02d}", f"w{second:02d}")
                subprocess.run(["git", "merge-tree", "--write-tree", *names], cwd=top, env=env, capture_output=True)

        def look() -> int:
            return looking.look(workspace, state, everything=True).merges

        def forget() -> None:
            for file in place.coord_dir.glob("radar*"):
                file.unlink()

        times: dict[str, list[tuple[float, float]]] = {"bare": [], "first": [], "next": [], "same": []}
        bare()  # what it writes is there from now on: the better case for it
        for number in range(RUNS):
            times["bare"].append(timed(bare))
            forget()
            times["first"].append(timed(look))
            move(top, env, number)
            times["next"].append(timed(look))
            times["same"].append(timed(look))
        print(f"{len(pairs)} of {BRANCHES * (BRANCHES - 1) // 2} pairs touch common files")
        for case, against in (*((case, "bare") for case in times), ("next", "first")):
            (clock, used), (floor, bare_used) = (list(zip(*times[one], strict=True)) for one in (case, against))
            middle = statistics.median(clock)
            ratio, fastest = middle / statistics.median(floor), min(clock) / min(floor)
            taken = statistics.median(used) / statistics.median(bare_used)
            print(f"  {case}/{against:<6} {middle:8.1f} ms   {ratio:.3f} ({fastest:.3f})   processor {taken:.3f}")


if __name__ == "__main__":
    main()
