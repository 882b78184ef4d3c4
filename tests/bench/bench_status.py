"""How long `git coord status` takes as a whole process: `python tests/bench/bench_status.py [RUNS] [EVENTS]`.

200 live sessions with a beat each, 1,000 claims, 100,000 events of history (messages to one another and to all), the
chronicle built before. Against the start of an interpreter that imports pygit2, pydantic and typer; all are run in
turns. The ratio is that of the medians, and in parentheses that of the fastest runs.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench_ledger import arena

from gitcoord.domain.session import beat
from gitcoord.kernel import process, roster
from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from gitcoord.domain.workspace import Workspace

SESSIONS, CLAIMS, EVENTS = 200, 1000, 100_000
FLOOR = "import pygit2, pydantic, typer"
ALL = 50
"""Every so many-th message is to everybody."""


def name(number: int) -> str:
    """The session of this number."""
    return f"filler-{number % SESSIONS:08x}"


def messages(number: int, count: int) -> list[Draft]:
    """What a session says to the others."""
    found = []
    for at in range(count):
        to = {"all": ""} if at % ALL == 0 else {"session": name(number + at), "name": name(number + at)}
        data = {"to": to, "type": "note", "subject": f"message {at}"} | ({"ack": True} if at % 97 == 1 else {})
        found.append(Draft("message", f"to somebody: message {at}", data))
    return found


def settle_in(workspace: Workspace, me: str, count: int) -> None:
    """Every session lives in a process and has a beat; mine has read all but what two others sent."""
    mark = process.mark(process.read(os.getpid()) or process.Mark(0, "", "", ""))
    entries = [
        roster.Entry(
            SessionId(name(number)),
            name(number),
            worktree=workspace.place.git_dir,
            kind="pid",
            pid=mark.pid,
            start=mark.start,
            boot=mark.boot,
            namespace=mark.namespace,
        )
        for number in range(SESSIONS)
    ]
    with workspace.ledger.store.write_lock():
        roster.write(workspace.here, entries)
    for number in range(SESSIONS):
        said = beat.Beat(workspace.clock.now(), "editing", f"d{number}/e1/file.py", "tests", 40, "docs")
        beat.put(workspace, SessionId(name(number)), said)
    read = {name(number): count + CLAIMS for number in range(3, SESSIONS)}
    workspace.ledger.append(SessionId(me), lambda _: [Draft("ack", "read", {"read": read})])


def timed(argv: list[str], top: str, env: dict[str, str]) -> float:
    """Milliseconds for one run."""
    began = time.perf_counter()
    subprocess.run(argv, cwd=top, env=env, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    each = (int(sys.argv[2]) if len(sys.argv) > 2 else EVENTS) // SESSIONS
    program = str(Path(sys.executable).with_name("git-coord"))
    me = name(0)
    env = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "CLAUDE"))}
    env |= {"GIT_COORD_SESSION": me}
    with arena(CLAIMS, SESSIONS, said=lambda number: messages(number, each)) as workspace:
        settle_in(workspace, me, each)
        top = workspace.place.top
        if "--shell" in sys.argv:
            subprocess.run(["bash"], cwd=top, env=env, check=False)
        cases = {
            "imports": [sys.executable, "-c", FLOOR],
            "status": [program, "status"],
            "status --json": [program, "status", "--json"],
            "status --short": [program, "status", "--short"],
        }
        built = timed(cases["status"], top, env)
        print(f"the first status, which builds the chronicle of {each * SESSIONS:,} messages: {built / 1000:.1f} s")
        times: dict[str, list[float]] = {case: [] for case in cases}
        for _ in range(runs):
            for case, argv in cases.items():
                times[case].append(timed(argv, top, env))
        floor = times.pop("imports")
        print(f"{FLOOR}: {statistics.median(floor):.0f} ms")
        for case, found in times.items():
            ratio, best = statistics.median(found) / statistics.median(floor), min(found) / min(floor)
            limit = "   (at most 2.5)" if case == "status" else ""
            print(f"{case}: {statistics.median(found):.0f} ms, {ratio:.2f} ({best:.2f}) times the imports{limit}")


if __name__ == "__main__":
    main()
