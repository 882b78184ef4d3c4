"""Figures of claims at a hub: uncontended against a bare push, and crowds of clones at the same moment.

Run: python tests/bench/bench_hub.py [CLONES] [DELAY_MS]
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

from gitcoord.domain.commands import claim, start
from gitcoord.domain.records import to_json
from gitcoord.domain.workspace import Caller, Workspace, open_workspace
from gitcoord.kernel.clock import RandomIds, SystemClock
from gitcoord.kernel.place import discover
from gitcoord.policy.scope import Scope
from gitcoord.sync.open import open_agreement

ENV = {
    **os.environ,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
}


def git(cwd: Path, *args: str) -> str:
    """Run git; its output."""
    return subprocess.run(["git", *args], cwd=cwd, env=ENV, check=True, capture_output=True, text=True).stdout.strip()


def make(base: Path, count: int) -> list[Path]:
    """A hub and so many clones that have joined it."""
    git(base, "init", "-q", "--bare", "hub.git")
    clones = []
    for number in range(count):
        top = base / f"c{number}"
        git(base, "init", "-q", str(top))
        for key, value in (("user.email", "a@b"), ("user.name", "a"), ("coord.fsync", "false")):
            git(top, "config", key, value)
        git(top, "remote", "add", "origin", "../hub.git")
        git(top, "coord", "init", "--hub", "origin", "--hooks", "none", "-q")
        clones.append(top)
    return clones


def opened(top: Path) -> Workspace:
    """A clone, opened in this process."""
    from dataclasses import replace

    place = discover(str(top), ENV)
    workspace = open_workspace(place, SystemClock(), RandomIds(), Caller(os.getpid(), "", "bench", "here"))
    agreement = open_agreement(workspace)
    assert agreement is not None
    return replace(workspace, agreement=agreement)


def worker(top: Path, path: str, gate: Path) -> None:
    """Claim one path when the gate opens; print the answer, seconds and pushes as JSON."""
    workspace = opened(top)
    me_id = start.start(workspace, start.Request("w" + top.name)).session
    from gitcoord.domain import identity

    me = identity.named(workspace.ledger.state(), me_id)
    (gate / f"ready-{top.name}").touch()
    while not (gate / "open").exists():
        time.sleep(0.005)
    began = time.monotonic()
    answer = claim.acquire(workspace, me, claim.Request((Scope("path", path),)))
    took = time.monotonic() - began
    rounds = getattr(workspace.agreement, "rounds", 0)
    print(json.dumps({"took": took, "rounds": rounds, "answer": to_json(answer)}))
    workspace.ledger.store.close()


def crowd(clones: list[Path], base: Path, name: str, *, same: bool) -> None:
    """All clones claim at once; prints winners, most rounds, slowest."""
    gate = base / f"gate-{name}"
    gate.mkdir()
    running = [
        subprocess.Popen(
            [sys.executable, __file__, "worker", str(top), f"{name}/same" if same else f"{name}/{top.name}", str(gate)],
            env=ENV,
            stdout=subprocess.PIPE,
            text=True,
        )
        for top in clones
    ]
    while len(list(gate.glob("ready-*"))) < len(clones):
        time.sleep(0.01)
    (gate / "open").touch()
    answers = [json.loads(process.communicate()[0]) for process in running]
    won = sum(item["answer"]["result"] == "won" and item["answer"]["confirmed"] for item in answers)
    refused = sum(item["answer"]["result"] == "refused" for item in answers)
    times = [item["took"] for item in answers]
    other = len(answers) - won - refused
    print(
        f"{name:<12} {len(clones):>4} clones  won {won:>3}  refused {refused:>3}  other {other:>2}  "
        f"rounds max {max(item['rounds'] for item in answers)}  median {statistics.median(times):.2f} s  "
        f"slowest {max(times):.2f} s"
    )


def uncontended(top: Path, base: Path) -> None:
    """One clone claims and releases, against a bare push of two refs."""
    workspace = opened(top)
    from gitcoord.domain import identity
    from gitcoord.domain.commands import release

    started = start.start(workspace, start.Request("solo"))
    me = identity.named(workspace.ledger.state(), started.session)
    ours, bare = [], []
    for number in range(20):
        scope = (Scope("path", f"solo/{number}"),)
        began = time.perf_counter()
        assert claim.acquire(workspace, me, claim.Request(scope)).confirmed
        ours.append(time.perf_counter() - began)
        release.release(workspace, me, scope, "", everything=False)
        tree, head = git(top, "write-tree"), ""
        head = git(top, "commit-tree", tree, "-m", str(number))
        began = time.perf_counter()
        git(top, "push", "-q", "origin", f"+{head}:refs/x/a", f"+{head}:refs/x/b")
        bare.append(time.perf_counter() - began)
    ratio = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
    print(
        f"uncontended claim {statistics.median(ours) * 1e3:.1f} ms, bare push of two refs "
        f"{statistics.median(bare) * 1e3:.1f} ms, ratio {ratio:.2f}"
    )
    workspace.ledger.store.close()


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["worker"]:
        worker(Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 32
    with tempfile.TemporaryDirectory() as directory:
        base = Path(directory)
        clones = make(base, count)
        uncontended(clones[0], base)
        crowd(clones, base, "different", same=False)
        crowd(clones, base, "same", same=True)


if __name__ == "__main__":
    main()
