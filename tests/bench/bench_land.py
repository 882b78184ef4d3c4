"""What landing costs, against pushing by hand: `python tests/bench/bench_land.py [CLONES] [COMMITS] [SECONDS]`.

Clones of a local hub land commits on files of their own, all at once and one after the other in line; by hand the same
is done in turn: fetch, rebase, push, with the guard's hooks. Then all land one branch with a test that sleeps, against
one clone that does.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from surroundings import surroundings

if TYPE_CHECKING:
    from collections.abc import Sequence

CLONES, COMMITS, SECONDS = (int(text) for text in [*sys.argv[1:4], *("8", "5", "10")[len(sys.argv) - 1 :]])


def run(top: Path, env: dict[str, str], *argv: str) -> str:
    """Run a program; returns what it prints."""
    return subprocess.run(argv, cwd=top, env=env, check=True, capture_output=True, text=True).stdout.strip()


def clone(base: Path, env: dict[str, str], number: int) -> tuple[Path, dict[str, str]]:
    """Make a clone with a session; returns it with its environment."""
    top = base / f"clone-{number}"
    run(base, env, "git", "clone", "-q", str(base / "hub.git"), str(top))
    run(top, env, "git", "config", "coord.fsync", "false")
    run(top, env, "git-coord", "init", "--hub", "origin")
    return top, env | {"GIT_COORD_SESSION": run(top, env, "git-coord", "start", f"s{number}", "-q")}


def commit(top: Path, env: dict[str, str], branch: str, name: str) -> None:
    """Make a branch with one commit on a file of its own."""
    run(top, env, "git", "checkout", "-q", "-B", branch, "origin/main")
    (top / name).write_text(name)
    run(top, env, "git", "add", name)
    run(top, env, "git", "-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", name)


def together(clones: Sequence[tuple[Path, dict[str, str]]], script: str) -> float:
    """Run a shell script in all clones at once; returns the seconds until the last one has ended."""
    began = time.perf_counter()
    started = [
        subprocess.Popen(["sh", "-e", "-c", script], cwd=top, env=env, stdout=subprocess.DEVNULL) for top, env in clones
    ]
    failed = [process.args for process in started if process.wait() != 0]
    assert not failed, failed
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        base, env = Path(name), surroundings(HOME=name, TMPDIR=name)
        run(base, env, "git", "init", "-q", "--bare", "-b", "main", str(base / "hub.git"))
        run(base, env, "git", "clone", "-q", str(base / "hub.git"), str(base / "first"))
        (base / "first" / "README").write_text("x\n")
        run(base / "first", env, "git", "add", ".")
        run(base / "first", env, "git", "commit", "-q", "-m", "first")
        run(base / "first", env, "git", "push", "-q", "origin", "HEAD:main")
        clones = [clone(base, env, number) for number in range(CLONES)]
        for place, (top, own) in enumerate(clones):
            for number in range(COMMITS):
                commit(top, own, f"hand{number}", f"hand-{place}-{number}")
                commit(top, own, f"land{number}", f"land-{place}-{number}")
        began = time.perf_counter()
        for number in range(COMMITS):
            for top, own in clones:
                run(top, own, "git", "checkout", "-q", f"hand{number}")
                run(top, own, "git", "fetch", "-q", "origin")
                run(top, own, "git", "rebase", "-q", "origin/main")
                run(top, own, "git", "push", "-q", "origin", "HEAD:main")
        hand = time.perf_counter() - began
        before = int(run(base / "hub.git", env, "git", "rev-list", "--count", "main"))
        lines = [f"git-coord land land{number} --rebase -q" for number in range(COMMITS)]
        landed = together(clones, "\n".join(lines))
        there = run(base / "hub.git", env, "git", "ls-tree", "--name-only", "main").split()
        count = int(run(base / "hub.git", env, "git", "rev-list", "--count", "main")) - before
        merges = run(base / "hub.git", env, "git", "rev-list", "--count", "--merges", "main")
        files = sum(path.startswith("land-") for path in there)
        print(f"{CLONES} clones, {COMMITS} commits each: {files} files, {count} commits, {merges} merges at the hub")
        print(f"  by hand, one after the other {hand:7.1f} s")
        print(f"  landed, all at once          {landed:7.1f} s   {landed / hand:.2f}")
        for place, (top, own) in enumerate(clones):
            run(top, own, "git", "fetch", "-q")
            commit(top, own, "tested", f"tested-{place}")
            commit(top, own, "alone", f"alone-{place}")
        script = "git-coord land {} -q --test 'sleep " + str(SECONDS) + "'"
        one = together(clones[:1], script.format("alone"))
        many = together(clones, script.format("tested"))
        print(f"  one landing with a test of {SECONDS} s {one:6.1f} s")
        print(f"  {CLONES} of them at once           {many:7.1f} s   {many / one:.2f}")


if __name__ == "__main__":
    main()
