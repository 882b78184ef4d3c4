"""How fast the ledger is in one process and among many: `python tests/bench/bench_ledger.py [--quick]`.

Prints pairs of claim and release a second, and the ratios that the project holds itself to. Not a test: numbers of a
busy machine mean little, so each is the median of several runs taken in turns.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.domain.claim import acquire as claim
from gitcoord.domain.claim import release
from gitcoord.domain.session import record as session
from gitcoord.domain.session import start
from gitcoord.domain.workspace import Caller, Workspace, open_workspace
from gitcoord.kernel.clock import RandomIds, SystemClock
from gitcoord.kernel.place import discover
from gitcoord.kernel.refname import LEDGER, log_ref
from gitcoord.kernel.refs import Update
from gitcoord.ledger import event, sequence
from gitcoord.policy.ids import EventId, SessionId, StoreOid
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.session.record import Session

PAIRS = 100
ROUNDS = 5
PROCESSES = 16
EACH = 100

Said = Callable[[int], list[event.Draft]]

WORKER = Path(__file__).parents[1] / "torture" / "worker.py"


def git(top: Path, *args: str) -> None:
    """Run git, which must succeed."""
    subprocess.run(["git", "-C", str(top), *args], check=True, capture_output=True)


def nothing(_: int) -> list[event.Draft]:
    """What a session has to say besides its claims."""
    return []


@contextmanager
def arena(claims: int, sessions: int, *, fsync: bool = False, said: Said = nothing) -> Iterator[Workspace]:
    """A repository whose ledger has so many live claims of so many sessions, spread over directories.

    `said` is what else the session of a number has on its log.
    """
    with tempfile.TemporaryDirectory() as home:
        top = Path(home, "repo")
        git(Path(home), "init", "-q", "-b", "main", str(top))
        git(top, "config", "user.email", "bench@example.com")
        git(top, "config", "user.name", "bench")
        git(top, "config", "coord.fsync", str(fsync).lower())
        git(top, "commit", "-q", "--allow-empty", "-m", "first")
        program = str(Path(sys.executable).with_name("git-coord"))
        subprocess.run([program, "-C", str(top), "init"], check=True, capture_output=True)
        place = discover(str(top), dict(os.environ))
        workspace = open_workspace(place, SystemClock(), RandomIds(), Caller(1, "", "bench", "here"))
        try:
            fill(workspace, claims, sessions, said)
            yield workspace
        finally:
            workspace.ledger.store.close()


def fill(workspace: Workspace, claims: int, sessions: int, said: Said = nothing) -> None:
    """Register sessions that hold the claims: whole logs at once, sequenced as after a crash."""
    ledger, objects, now = workspace.ledger, workspace.ledger.store.objects, workspace.clock.now()
    chains = []
    for number in range(sessions):
        who = f"filler-{number:08x}"
        mine = range(number, claims, sessions)
        drafts = [event.Draft("register", "start", {"clone": workspace.clone, "name": who})]
        drafts += [
            event.Draft("claim", "claim", {"scopes": [{"directory": f"d{at // 100}/e{at % 100}/file.py"}]})
            for at in mine
        ]
        drafts += said(number)
        chain: list[event.Event] = []
        for count, draft in enumerate(drafts, 1):
            content = event.encode(
                draft,
                session=SessionId(who),
                number=count,
                event_id=EventId(workspace.ids.hexadecimal(32)),
                time=now,
                mail="bench@example.com",
                parent=StoreOid(chain[-1].oid if chain else ""),
            )
            chain.append(event.decode(objects.write("commit", content), content))
        chains.append(chain)
    tip = ledger.tip()
    new, done = sequence.resequence(
        objects, tip, chains, sequence.Signature("bench", "bench@example.com", now), ledger.kinds()
    )
    assert all(item.verdict.accepted for item in done)
    objects.abandon()
    with ledger.store.write_lock():
        moves = [Update(log_ref(chain[0].session), chain[-1].oid, StoreOid("0" * 40)) for chain in chains]
        ledger.store.refs.update([*moves, Update(LEDGER, new, tip)])
    git(Path(workspace.place.top), "repack", "-adq")  # what was made for the benchmark costs nothing more
    packs = Path(workspace.place.common_dir, "objects", "pack")
    os.utime(packs, (now - 86400, now - 86400))  # not just now: writers look twice for ten minutes after a repack


def begin(workspace: Workspace) -> Session:
    """The session that works."""
    started = start.start(workspace, start.Request(name="worker"))
    found = session.read(workspace.ledger.state(), started.session)
    assert found is not None
    return found


def pairs(workspace: Workspace, me: Session) -> float:
    """Pairs of claim and release a second."""
    began = time.perf_counter()
    for number in range(PAIRS):
        scopes = (Scope("directory", f"d{number % 100}/mine/f{number}.py"),)
        assert claim.acquire(workspace, me, claim.Request(scopes)).result == "won"
        release.release(workspace, me, scopes, "", everything=False)
    return PAIRS / (time.perf_counter() - began)


def compare(*cases: tuple[int, int, bool]) -> list[float]:
    """Medians of pairs a second for (claims, sessions, fsync), measured in turns."""
    found: list[list[float]] = [[] for _ in cases]
    with ExitStack() as stack:
        spaces = [stack.enter_context(arena(claims, sessions, fsync=fsync)) for claims, sessions, fsync in cases]
        workers = [begin(one) for one in spaces]
        for _ in range(ROUNDS):
            for at, (one, me) in enumerate(zip(spaces, workers, strict=True)):
                found[at].append(pairs(one, me))
    return [statistics.median(values) for values in found]


def crowd() -> None:
    """16 processes, each claiming and releasing 100 times on 20 paths."""
    with arena(0, 1) as workspace:
        top = workspace.place.top
        who = [start.start(workspace, start.Request(name=f"w{n}")).session for n in range(PROCESSES)]
        began = time.perf_counter()
        running = [
            subprocess.Popen(
                [sys.executable, str(WORKER), top, "churn", one, str(EACH), "20", str(seed)], stdout=subprocess.PIPE
            )
            for seed, one in enumerate(who)
        ]
        said = [process.communicate()[0].decode().splitlines() for process in running]
        took = time.perf_counter() - began
    times = [json.loads(lines[-1])["seconds"] for lines in said]
    refused = sum('"refused"' in line for lines in said for line in lines)
    ratio = max(times) / statistics.median(times)
    print(f"{PROCESSES} processes x {EACH} pairs on 20 paths: {PROCESSES * EACH / took:.0f} pairs/s, {refused} refused")
    print(f"  slowest / median process: {ratio:.2f}   (at most 3)")


def main() -> None:
    """Measure and print."""
    global PAIRS, ROUNDS
    if "--quick" in sys.argv:
        PAIRS, ROUNDS = 50, 3
    plain, synced = compare((1000, 200, False), (1000, 200, True))
    print(f"1,000 claims, 200 sessions: {plain:.0f} pairs/s without fsync (at least 150), {synced:.0f} with")
    few, many = compare((10, 20, False), (10_000, 20, False))
    print(f"10 claims {few:.0f}, 10,000 claims {many:.0f} pairs/s: {few / many:.2f} times slower   (at most 1.5)")
    few, many = compare((1000, 20, False), (1000, 2000, False))
    print(f"20 sessions {few:.0f}, 2,000 sessions {many:.0f} pairs/s: {few / many:.2f} times slower   (at most 1.3)")
    crowd()


if __name__ == "__main__":
    main()
