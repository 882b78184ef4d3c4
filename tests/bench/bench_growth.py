"""What grows with use: `python tests/bench/bench_growth.py [OPERATIONS] [BEATS] [RUNS]`.

40 sessions that never read anything, one that works: pairs of claim and release, of which every 20th release is told to
everybody. Nobody runs gc; whenever a command would have packed in the background, it is packed. Then: what is in the
repository, whether git's own gc would start, how long `claim` and `status` take as whole processes against a new
repository with as many sessions (in turns), again right after a `git gc`, and what git says after so many beats.
"""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from bench_ledger import arena, begin

from gitcoord.domain.claim import acquire as claim
from gitcoord.domain.claim import release
from gitcoord.domain.history import feed
from gitcoord.domain.session import beat
from gitcoord.kernel import packing
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace

READERS = 40
TOLD = 20
"""Every so many-th release is told to everybody."""


def pack_if_due(workspace: Workspace) -> float:
    """Pack as a command would; returns the seconds it took."""
    place = workspace.place
    began = time.perf_counter()
    if packing.is_due(place.coord_dir, place.store_dir):
        packing.pack(workspace.ledger.store, place.store_git)
        return time.perf_counter() - began
    return 0.0


def work(workspace: Workspace, me: Session, operations: int) -> None:
    """Claim and release, and say now and then what was done."""
    began = time.perf_counter()
    took = []
    for number in range(operations // 2):
        scopes = (Scope("file", f"d{number % 100}/mine/f{number % 1000}.py"),)
        assert claim.acquire(workspace, me, claim.Request(scopes)).result == "won"
        done = "done" if number % TOLD == 0 else ""
        release.release(workspace, me, scopes, done, everything=False)
        if (spent := pack_if_due(workspace)) > 0:
            took.append(spent)
    seconds = time.perf_counter() - began
    print(
        f"{operations:,} operations in {seconds:.0f} s; packed {len(took)} times, at most {max(took, default=0):.1f} s"
    )


def git(workspace: Workspace, *args: str) -> str:
    """What git says on both streams."""
    ran = subprocess.run(
        ["git", "-C", workspace.place.top, *args], capture_output=True, text=True, check=False, env=clean()
    )
    return ran.stdout + ran.stderr


def clean() -> dict[str, str]:
    """The environment, without what names an agent or a repository."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "CLAUDE"))}


def size(directory: Path) -> float:
    """Megabytes on disk of everything below a directory."""
    return sum(path.stat().st_blocks for path in directory.rglob("*") if path.is_file()) * 512 / 1e6


def report(workspace: Workspace) -> None:
    """What is there."""
    top = Path(workspace.place.common_dir)
    counted = dict(line.split(": ") for line in git(workspace, "count-objects", "-v").splitlines())
    print(f"loose objects: {counted['count']} (at most 3,000); packs: {counted['packs']}")
    print(f"objects: {size(top / 'objects'):.0f} MB (at most 60); coord directory: {size(top / 'coord'):.0f} MB")
    news = list((top / "coord" / "news").glob("[!.]*"))
    print(f"news: {len(news)} files, {sum(path.stat().st_size for path in news) / 1e6:.1f} MB")
    said = git(
        workspace, "-c", "gc.autoDetach=false", "-c", "gc.autoPackLimit=50", "commit", "--allow-empty", "-m", "x"
    )
    print(f"a commit of the user's starts a gc: {'yes' if 'packing' in said else 'no'}")


def timed(workspace: Workspace, session: str, *args: str) -> tuple[float, float]:
    """Milliseconds for one whole process, by the clock and of processor time."""
    program = str(Path(sys.executable).with_name("git-coord"))
    env = clean() | {"GIT_COORD_SESSION": session}
    before, began = os.times(), time.perf_counter()
    subprocess.run([program, *args], cwd=workspace.place.top, env=env, check=True, capture_output=True)
    took, after = time.perf_counter() - began, os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return took * 1000, spent * 1000


def compare(name: str, spaces: list[tuple[Workspace, str]], runs: int) -> None:
    """How long commands take in the second place, times the first."""
    verbs = {"claim": ("claim", "mine/f.py"), "status": ("status",)}
    found: dict[str, list[list[tuple[float, float]]]] = {verb: [[], []] for verb in verbs}
    for _ in range(runs):
        for verb, argv in verbs.items():
            for at, (workspace, session) in enumerate(spaces):
                found[verb][at].append(timed(workspace, session, *argv))
        for workspace, session in spaces:
            timed(workspace, session, "release", "--all")
    for verb, (new, grown) in found.items():
        clock, spent = (
            statistics.median(one[at] for one in grown) / statistics.median(one[at] for one in new) for at in (0, 1)
        )
        print(f"{name}: {verb} {clock:.2f} times a new repository, {spent:.2f} in processor time (at most 1.3)")


def beats(workspace: Workspace, me: Session, count: int) -> None:
    """So many signs of life; what git says of them."""
    for number in range(count):
        beat.put(workspace, me.id, beat.Beat(workspace.clock.now(), f"step {number}"))
    loose = dict(line.split(": ") for line in git(workspace, "count-objects", "-v").splitlines())["count"]
    said = git(workspace, "commit", "--allow-empty", "-m", "y") + git(workspace, "gc", "--auto")
    warned = "unreachable" in said or "warning" in said
    print(f"after {count:,} beats: {loose} loose objects; git warns: {'yes' if warned else 'no'}")


def main() -> None:
    """Measure and print."""
    operations, count, runs = (
        int(sys.argv[at]) if len(sys.argv) > at else default for at, default in ((1, 20_000), (2, 10_000), (3, 15))
    )
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # it takes long: what is known is said
    with ExitStack() as stack:
        new = stack.enter_context(arena(0, READERS))
        grown = stack.enter_context(arena(0, READERS))
        fresh, me = begin(new), begin(grown)
        work(grown, me, operations)
        for workspace in (new, grown):
            with feed.opened(workspace):
                pass
        report(grown)
        reader = "filler-00000003"
        compare("who never reads", [(new, reader), (grown, reader)], runs)
        compare("who works", [(new, fresh.id), (grown, me.id)], runs)
        began = time.perf_counter()
        git(grown, "gc", "-q")
        print(f"git gc: {time.perf_counter() - began:.1f} s")
        compare("right after a gc", [(new, fresh.id), (grown, me.id)], runs)
        beats(grown, me, count)


if __name__ == "__main__":
    main()
