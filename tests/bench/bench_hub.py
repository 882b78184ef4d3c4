"""Figures of claims at a hub: uncontended against a bare push, and crowds of clones at the same moment.

Run: python tests/bench/bench_hub.py claim [TURNS]
     python tests/bench/bench_hub.py turns [TURNS] [DELAY_MS]
     python tests/bench/bench_hub.py crowd [CLONES] [DELAY_MS]
     python tests/bench/bench_hub.py history [SESSIONS] [OPERATIONS]
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
from typing import TYPE_CHECKING, Any

from surroundings import surroundings

from gitcoord.dataclass import replace
from gitcoord.domain.agreement import Alone
from gitcoord.domain.claim import acquire as claim
from gitcoord.domain.claim import release
from gitcoord.domain.kinds import KINDS
from gitcoord.domain.records import to_json
from gitcoord.domain.session import end, identity, start
from gitcoord.domain.workspace import Caller, Workspace, open_workspace
from gitcoord.kernel.clock import RandomIds, SystemClock
from gitcoord.kernel.place import discover
from gitcoord.ledger import check, sequence
from gitcoord.policy.scope import Scope
from gitcoord.sync.agree import Agreement
from gitcoord.sync.exchange import exchange
from gitcoord.sync.open import open_agreement

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.domain.session.record import Session
    from gitcoord.policy.ids import StoreOid

ENV = surroundings()


def git(cwd: Path, *args: str) -> str:
    """Run git; its output."""
    return subprocess.run(["git", *args], cwd=cwd, env=ENV, check=True, capture_output=True, text=True).stdout.strip()


def make(base: Path, count: int) -> list[Path]:
    """A hub and so many clones that have joined it."""
    base.mkdir(exist_ok=True)
    git(base, "init", "-q", "--bare", "hub.git")
    clones = []
    for number in range(count):
        top = base / f"c{number}"
        git(base, "init", "-q", str(top))
        for key, value in (("user.email", "a@b"), ("user.name", "a"), ("coord.fsync", "false")):
            git(top, "config", key, value)
        git(top, "remote", "add", "origin", "../hub.git")
        git(top, "commit", "-q", "--allow-empty", "-m", "begin")
        git(top, "coord", "init", "--hub", "origin", "--hooks", "none", "-q")
        clones.append(top)
    return clones


def opened(top: Path) -> Workspace:
    """A clone, opened in this process."""
    place = discover(str(top), ENV)
    workspace = open_workspace(place, SystemClock(), RandomIds(), Caller(os.getpid(), "", "bench", "here"))
    agreement = open_agreement(workspace)
    return replace(workspace, agreement=agreement) if agreement is not None else workspace


def started(workspace: Workspace, name: str) -> Session:
    """A session that has just started."""
    answer = start.start(workspace, start.Request(name))
    return identity.named(workspace, workspace.ledger.state(), answer.session)


def slow_down(clones: list[Path], base: Path, delay: float) -> None:
    """Let every fetch and every push take so many seconds longer, which cost no processor time."""
    for service in ("upload-pack", "receive-pack"):
        program = base / service
        program.write_text(f'#!/bin/sh\nsleep {delay}\nexec git-{service} "$@"\n')
        program.chmod(0o755)
        for top in clones:
            git(top, "config", f"remote.origin.{service.replace('-', '')}", str(program))


def worker(top: Path, path: str, gate: Path) -> None:
    """Claim one path when the gate opens; print the answer, seconds and pushes as JSON."""
    workspace = opened(top)
    me = started(workspace, "w" + top.name)
    (gate / f"ready-{top.name}").touch()
    while not (gate / "open").exists():
        time.sleep(0.005)
    began = time.monotonic()
    answer = claim.acquire(workspace, me, claim.Request((Scope("directory", path),)))
    took = time.monotonic() - began
    rounds = getattr(workspace.agreement, "rounds", 0)
    print(json.dumps({"me": me.id, "took": took, "rounds": rounds, "answer": to_json(answer)}))
    workspace.ledger.store.close()


def crowd(clones: list[Path], base: Path, name: str, *, same: bool) -> None:
    """All clones claim at once; prints winners, most rounds, slowest."""
    gate = base / f"gate-{name}"
    gate.mkdir()
    for top in clones:
        (top / ".git" / "coord" / "hub-away").unlink(missing_ok=True)
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
    winners = [item["me"] for item in answers if won(item["answer"])]
    refused = [item["answer"] for item in answers if item["answer"]["result"] == "refused"]
    named = sum(winners == [one["held"]["session"] for one in answer["conflicts"]] for answer in refused)
    times = [item["took"] for item in answers]
    print(
        f"{name:<10} {len(clones):>3} clones  won {len(winners):>3}  refused {len(refused):>3} (naming the winner "
        f"{named:>2})  other {len(answers) - len(winners) - len(refused):>2}  "
        f"rounds max {max(item['rounds'] for item in answers)}  median {statistics.median(times):.2f} s  "
        f"slowest {max(times):.2f} s",
        flush=True,
    )


def won(answer: dict[str, Any]) -> bool:
    """Whether it is won and confirmed."""
    return bool(answer["result"] == "won" and answer["confirmed"])


def uncontended(base: Path, turns: int) -> None:
    """One clone claims and releases, in turns with bare pushes of what another one claimed before, to another hub."""

    def acquire(scope: Scope) -> None:
        assert claim.acquire(workspace, me, claim.Request((scope,))).confirmed

    top = make(base / "claims", 1)[0]
    workspace = opened(top)
    me = started(workspace, "solo")
    other, steps = prepared(base / "bare", turns)
    ours, bare, small = [], [], []
    for number, (claimed, released) in enumerate(steps):
        scope = Scope("directory", f"solo/{number}")
        ours.append(timed(acquire, scope))
        bare.append(timed(push_two, other, claimed, "refs/coord"))
        release.release(workspace, me, (scope,), "", everything=False)
        push_two(other, released, "refs/coord")
        one = git(other, "commit-tree", git(other, "write-tree"), "-m", str(number))
        small.append(timed(push_two, other, one, "refs/x"))
    workspace.ledger.store.close()
    print(f"uncontended claim {statistics.median(ours) * 1e3:.1f} ms (fastest {min(ours) * 1e3:.1f})")
    for what, times in (("of the same objects", bare), ("of one commit", small)):
        ratio = statistics.median(a / b for a, b in zip(ours, times, strict=True))
        print(
            f"  bare push of two refs {what:<20} {statistics.median(times) * 1e3:6.1f} ms   claim / push: "
            f"median {ratio:.2f}, fastest {min(ours) / min(times):.2f}"
        )


def taking_turns(base: Path, turns: int, delay: float) -> None:
    """One clone claims alone; then two clones at another hub claim in turns, each what is free."""
    print(f"taking turns, {delay * 1e3:.0f} ms more for each fetch and push")
    alone = 0.0
    for count in (1, 2):
        clones = make(base / f"turns{count}", count)
        if delay:
            slow_down(clones, base / f"turns{count}", delay)
        opened_all = [opened(top) for top in clones]
        working = [(workspace, started(workspace, f"w{count}")) for workspace in opened_all]
        times, rounds = [], []
        for number in range(turns * count):
            workspace, me = working[number % count]
            agreement = workspace.agreement
            assert isinstance(agreement, Agreement)
            before = agreement.rounds
            scope = (Scope("file", f"turn/{number}"),)
            times.append(timed(claim.acquire, workspace, me, claim.Request(scope)))
            rounds.append(agreement.rounds - before)
        for workspace in opened_all:
            workspace.ledger.store.close()
        times, rounds = times[2 * count :], rounds[2 * count :]  # neither knows of the other at first
        median = statistics.median(times)
        alone = alone or median
        print(
            f"  {count} clone{'s' if count > 1 else ''}  claim median {median * 1e3:6.1f} ms, fastest "
            f"{min(times) * 1e3:6.1f}, slowest {max(times) * 1e3:6.1f}; pushes a claim {statistics.mean(rounds):.2f}; "
            f"times a claim alone {median / alone:.2f}",
            flush=True,
        )


def prepared(base: Path, turns: int) -> tuple[Path, list[tuple[StoreOid, StoreOid]]]:
    """A clone with a hub that has its ledger, and then so many claims and releases that were never pushed."""
    top = make(base, 1)[0]
    git(top, "config", "--unset", "coord.hub")
    workspace = opened(top)
    me = started(workspace, "solo")
    push_two(top, workspace.ledger.tip(), "refs/coord")
    steps = []
    for number in range(turns):
        scope = (Scope("directory", f"solo/{number}"),)
        claim.acquire(workspace, me, claim.Request(scope))
        claimed = workspace.ledger.tip()
        release.release(workspace, me, scope, "", everything=False)
        steps.append((claimed, workspace.ledger.tip()))
    workspace.ledger.store.close()
    return top, steps


def push_two(top: Path, oid: str, prefix: str) -> None:
    """A bare push, as anybody would write it."""
    git(top, "push", "-q", "origin", f"+{oid}:{prefix}/ledger", f"+{oid}:{prefix}/clones/other")


def timed(act: Callable[..., object], *args: object) -> float:
    """Seconds that it takes."""
    began = time.perf_counter()
    act(*args)
    return time.perf_counter() - began


def history(base: Path, sessions: int, operations: int, turns: int = 15) -> None:
    """A long history at the hub: a sync with nothing new against a bare fetch of one ref, and a newcomer."""
    one = make(base / "history", 1)[0]
    lived(one, sessions, operations)
    git(one, "coord", "sync", "-q")
    git(one, "coord", "sync", "-q")  # the second drops what is over
    for top in (one, base / "history" / "hub.git"):
        git(top, "repack", "-q", "-a", "-d")
        git(top, "pack-refs", "--all")
    workspace = opened(one)
    agreement = workspace.agreement
    assert isinstance(agreement, Agreement)
    fetch = ("fetch", "-q", "origin", "+refs/coord/ledger:refs/x/ledger")

    def sync() -> None:
        contact = agreement.meet(set())
        assert contact.reached
        exchange(agreement, workspace.place.git, contact.gathered)

    sync()
    git(one, *fetch)
    ours, bare = [], []
    for _ in range(turns):
        ours.append(timed(sync))
        bare.append(timed(git, one, *fetch))
    ratio = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
    print(
        f"{sessions:,} ended sessions, {operations:,} operations: "
        f"sync with nothing new {statistics.median(ours) * 1e3:.1f} ms, "
        f"bare fetch of one ref {statistics.median(bare) * 1e3:.1f} ms; median of ratios {ratio:.2f}, "
        f"fastest {min(ours) / min(bare):.2f}"
    )
    counters = count_bytes(one, base / "history")
    sync()
    synced = counters()
    git(one, *fetch)
    fetched = counters()
    workspace.ledger.store.close()
    print(f"  bytes moved: sync {synced:,}, bare fetch {fetched - synced:,}")
    newcomer(base, one)


def newcomer(base: Path, one: Path) -> None:
    """A clone that joins a hub with a history: what it fetches, and how fast it verifies that."""
    top = base / "history" / "newcomer"
    git(base, "init", "-q", str(top))
    for key, value in (("user.email", "a@b"), ("user.name", "a"), ("coord.fsync", "false")):
        git(top, "config", key, value)
    git(top, "coord", "init", "--hooks", "none", "-q")
    git(top, "remote", "add", "origin", "../hub.git")
    git(top, "config", "coord.hub", "origin")
    counters = count_bytes(top, base / "history" / "newcomer")
    workspace = opened(top)
    agreement = workspace.agreement
    assert isinstance(agreement, Agreement)
    began = time.perf_counter()
    heard = agreement.hub.fetch(timeout=600)
    fetched = time.perf_counter() - began
    objects = workspace.ledger.store.objects
    root, *chain = reversed(sequence.first_parents(objects, heard.ledger))
    began = time.perf_counter()
    checked = check.check(objects, root[0], chain, KINDS)
    took = time.perf_counter() - began
    assert checked.good == heard.ledger
    workspace.ledger.store.close()
    print(
        f"  newcomer: fetches {counters():,} bytes in {fetched:.2f} s, verifies {len(chain):,} ledger commits in "
        f"{took:.2f} s, {len(chain) / took:,.0f} a second"
    )


def lived(top: Path, sessions: int, operations: int) -> None:
    """Sessions that started, claimed and released, and ended."""
    workspace = opened(top)
    alone = replace(workspace, agreement=Alone())
    pairs = (operations // sessions - 2) // 2
    for number in range(sessions):
        me = started(alone, f"s{number}")
        for turn in range(pairs):
            scope = (Scope("directory", f"src/d{number % 50}/f{turn}"),)
            claim.acquire(alone, me, claim.Request(scope))
            release.release(alone, me, scope, "", everything=False)
        end.end(alone, me, "")
    workspace.ledger.store.close()


def count_bytes(top: Path, base: Path) -> Callable[[], int]:
    """From now on count what this clone and the hub say to each other; returns how to ask for the sum."""
    logs = [base / f"{service}.{way}" for service in ("upload-pack", "receive-pack") for way in ("in", "out")]
    for service in ("upload-pack", "receive-pack"):
        program = base / f"counted-{service}"
        log = base / service
        program.write_text(f'#!/bin/sh\ntee -a {log}.in | git-{service} "$@" | tee -a {log}.out\n')
        program.chmod(0o755)
        git(top, "config", f"remote.origin.{service.replace('-', '')}", str(program))

    def counted() -> int:
        time.sleep(0.5)  # tee hands on before it writes down
        return sum(log.stat().st_size for log in logs if log.exists())

    return counted


def main() -> None:
    """Print the table."""
    what, *rest = sys.argv[1:] or ["all"]
    if what == "worker":
        worker(Path(rest[0]), rest[1], Path(rest[2]))
        return
    with tempfile.TemporaryDirectory() as directory:
        base = Path(directory)
        if what in ("claim", "all"):
            uncontended(base, int(rest[0]) if rest else 20)
        if what in ("turns", "all"):
            taking_turns(base, int(rest[0]) if rest else 20, int(rest[1]) / 1000 if len(rest) > 1 else 0.0)
        if what in ("crowd", "all"):
            clones = make(base / "crowd", int(rest[0]) if rest else 32)
            if len(rest) > 1:
                slow_down(clones, base, int(rest[1]) / 1000)
            crowd(clones, base, "different", same=False)
            crowd(clones, base, "same", same=True)
        if what in ("history", "all"):
            history(base, *([int(text) for text in rest] if what == "history" and rest else [1_000, 10_000]))


if __name__ == "__main__":
    main()
