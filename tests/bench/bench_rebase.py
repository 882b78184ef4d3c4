"""How much longer a rebase of 100 commits takes with the hooks: `python tests/bench/bench_rebase.py [RUNS]`.

The same rebase in the same repository, without hooks, with empty ones, and with ours while another session claims
paths, in turns; each figure is the median of the ratios to the run without hooks in the same turn.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from surroundings import surroundings

PICKS = 100
ENV = surroundings()


def git(top: Path, *args: str) -> str:
    """Run git; its output."""
    return subprocess.run(["git", *args], cwd=top, env=ENV, check=True, capture_output=True, text=True).stdout.strip()


def make(top: Path) -> None:
    """A branch of 100 commits beside a main of one more, and a claim of another session."""
    git(top.parent, "init", "-q", "-b", "main", str(top))
    for key, value in (("user.name", "a"), ("user.email", "a@b"), ("coord.fsync", "false"), ("gc.auto", "0")):
        git(top, "config", key, value)
    (top / "base").write_text("base\n")
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "base")
    git(top, "checkout", "-q", "-b", "work")
    for number in range(PICKS):
        (top / f"f{number}").write_text("x\n")
        git(top, "add", ".")
        git(top, "commit", "-q", "-m", f"commit {number}")
    git(top, "tag", "tip")
    git(top, "checkout", "-q", "main")
    git(top, "commit", "-q", "--allow-empty", "-m", "main goes on")
    git(top, "coord", "init", "--hooks", "files", "-q")
    other = git(top, "coord", "start", "other", "-q")
    git(top, "coord", "claim", "elsewhere", "--session", other, "-q")
    empty = top.parent / "empty"
    empty.mkdir()
    for name in ("prepare-commit-msg", "post-commit", "post-rewrite"):
        (empty / name).write_text("#!/bin/sh\n")
        (empty / name).chmod(0o755)


def rebase(top: Path, *options: str) -> float:
    """Seconds for one rebase, from the same start each time."""
    git(top, "checkout", "-q", "-B", "work", "tip")
    began = time.perf_counter()
    git(top, *options, "rebase", "-q", "main")
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    directory = Path(tempfile.mkdtemp())
    try:
        top = directory / "repo"
        make(top)
        kinds = {"empty hooks": ("-c", f"core.hooksPath={directory / 'empty'}"), "ours": ()}
        bare: list[float] = []
        ratios: dict[str, list[float]] = {name: [] for name in kinds}
        rebase(top)
        for _ in range(runs):
            bare.append(rebase(top, "-c", "core.hooksPath=/dev/null"))
            for name, options in kinds.items():
                ratios[name].append(rebase(top, *options) / bare[-1])
        print(f"rebase of {PICKS} commits without hooks: {statistics.median(bare):.2f} s; with hooks, times as long:")
        for name, found in ratios.items():
            print(f"  {name:<12} {statistics.median(found):.2f}   (from {min(found):.2f} to {max(found):.2f})")
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()
