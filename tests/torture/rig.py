"""Arenas (repositories that workers fight in), workers, and the questions that a test asks afterwards."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.programs import in_process

from gitcoord.domain.kinds import KINDS
from gitcoord.domain.session import record as session
from gitcoord.domain.session import start
from gitcoord.domain.workspace import Caller, Workspace, open_workspace
from gitcoord.kernel.clock import Clock, RandomIds, SystemClock
from gitcoord.kernel.place import discover
from gitcoord.kernel.refname import SESSIONS
from gitcoord.ledger import marker, sequence
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.programs import Ran

WORKER = Path(__file__).with_name("worker.py")


class Worker:
    """One process that works on the arena."""

    def __init__(self, arena: Arena, role: str, who: str, *numbers: int) -> None:
        self.session = who
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), str(arena.top), role, who, *map(str, numbers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=arena.env,
            start_new_session=True,
        )
        self._left = b""

    def tell(self, *words: Any) -> None:
        """Give an order to one that obeys."""
        assert self.process.stdin is not None
        self.process.stdin.write((json.dumps(words) + "\n").encode())
        self.process.stdin.flush()

    def hear(self, timeout: float = 60.0) -> dict[str, Any]:
        """The next thing it says. Fails where it says nothing for so many seconds, or dies."""
        assert self.process.stdout is not None
        until = time.monotonic() + timeout
        while b"\n" not in self._left:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"{self.session} said nothing for {timeout} seconds"
            chunk = os.read(self.process.stdout.fileno(), 65536)
            assert chunk, f"{self.session} died: {self.errors()}"
            self._left += chunk
        line, _, self._left = self._left.partition(b"\n")
        value = json.loads(line)
        assert isinstance(value, dict)
        return value

    def rest(self) -> list[dict[str, Any]]:
        """Everything that it said until its end; a torn last line is not said."""
        assert self.process.stdout is not None
        said = self._left + self.process.stdout.read()
        self._left = b""
        self.process.wait()
        return [json.loads(line) for line in said.split(b"\n")[:-1]]

    def errors(self) -> str:
        """What it complained of."""
        assert self.process.stderr is not None
        self.process.kill()
        return self.process.stderr.read().decode()

    def kill(self, *, group: bool = False) -> None:
        """Kill it at once; with `group` also the programs that it started."""
        if group:
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()

    def close(self) -> None:
        """End it if it is still there."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGCONT)
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue


class Arena:
    """A repository that is set up for gitcoord."""

    def __init__(self, top: Path, env: dict[str, str]) -> None:
        self.top = top
        self.env = env
        self.git_dir = top / ".git"
        self._workers: list[Worker] = []

    def run(self, *argv: str, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a program in the work tree."""
        ran = subprocess.run(
            argv, cwd=self.top, env=self.env | env, capture_output=True, text=True, timeout=120, check=False
        )
        assert not check or ran.returncode == 0, f"{argv} ended with {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        return ran

    def upkeep(self, *argv: str) -> int:
        """Run housekeeping of git's or ours, which may fail beside writers, and return its exit status.

        The lock of the commit graph stays for ever where git ends itself by a bug of its own (BUG in commit-graph.c).
        """
        ran = self.run(*argv, check=False)
        if ran.returncode == -signal.SIGABRT:
            (self.git_dir / "objects/info/commit-graph.lock").unlink(missing_ok=True)
        return ran.returncode

    def git(self, *args: str) -> str:
        """Run git, which must succeed."""
        return self.run("git", *args).stdout.removesuffix("\n")

    def coord(self, *args: str, who: str = "", check: bool = False) -> Ran:
        """Run `git coord`, as a session, in this process."""
        return in_process(self.top, self.env, *args, session=who, check=check)

    @contextmanager
    def opened(self, clock: Clock | None = None) -> Iterator[Workspace]:
        """The repository in this process. Its caller has no ancestors: only leases decide who is gone."""
        place = discover(str(self.top), self.env)
        workspace = open_workspace(place, clock or SystemClock(), RandomIds(), Caller(1, "", "tester", "here"))
        try:
            yield workspace
        finally:
            workspace.ledger.store.close()

    def sessions(self, *names: str, **said: Any) -> list[str]:
        """Start sessions; returns their ids."""
        with self.opened() as workspace:
            return [start.start(workspace, start.Request(name=name, **said)).session for name in names]

    def worker(self, role: str, who: str, *numbers: int) -> Worker:
        """Start a worker."""
        made = Worker(self, role, who, *numbers)
        self._workers.append(made)
        return made

    def obedient(self, *sessions: str) -> list[Worker]:
        """Workers that obey, ready."""
        made = [self.worker("obey", who) for who in sessions]
        for worker in made:
            assert worker.hear() == {"ready": True}
        return made

    def close(self) -> None:
        """End every worker."""
        for worker in self._workers:
            worker.close()

    # --- questions afterwards

    def settle(self) -> None:
        """One more command of somebody."""
        with self.opened() as workspace:
            start.start(workspace, start.Request(name="settler"))

    def operations(self) -> list[tuple[int, str, str]]:
        """Number, id and verdict of every operation of the ledger, in order, after a check of the whole ledger."""
        with self.opened() as workspace:
            objects = workspace.ledger.store.objects
            found: list[tuple[int, str, str]] = []
            for oid, record in reversed(sequence.first_parents(objects, workspace.ledger.tip())):
                if record.parents:
                    assert sequence.verify(objects, oid, record, KINDS) == ""
                for key, value in record.trailers:
                    if key == "Coord-Verdict":
                        number, identity, verdict = value.split(" ", 2)
                        found.append((int(number), identity, verdict))
        assert [number for number, _, _ in found] == list(range(1, len(found) + 1)), "numbers without gap or repeat"
        assert len({identity for _, identity, _ in found}) == len(found), "nothing is counted twice"
        return found

    def pending(self) -> set[str]:
        """Ids of the operations on logs that the ledger does not have; statements wait for their session's next one."""
        with self.opened() as workspace:
            store = workspace.ledger.store
            state = workspace.ledger.state()
            found: set[str] = set()
            for ref, oid in store.refs.list(SESSIONS + "/").items():
                who, _, leaf = ref.removeprefix(SESSIONS + "/").partition("/")
                if leaf == "log":
                    left = sequence.pending(store.objects, state, SessionId(who), oid)
                    found |= {item.id for item in left if item.is_operation}
            return found

    def leftovers(self) -> list[str]:
        """Lock files anywhere in the git directory, and the marker of an unfinished write."""
        locks = [str(path.relative_to(self.git_dir)) for path in self.git_dir.rglob("*.lock")]
        return locks + marker.read(self.git_dir / "coord")[0]

    def conflicts(self) -> list[tuple[str, str]]:
        """Sessions whose live claims conflict (there are no children here)."""
        from gitcoord.domain.claim import record as claim
        from gitcoord.policy.scope import overlap

        with self.opened() as workspace:
            state = workspace.ledger.state()
            items = [item for one in session.every(state) for item in claim.of(state, one.id)]
        return [
            (a.session, b.session)
            for at, a in enumerate(items)
            for b in items[at + 1 :]
            if a.session != b.session
            and not (a.shared and b.shared)
            and any(overlap(x, y) for x in a.scopes for y in b.scopes)
        ]

    def sound(self) -> None:
        """Everything that must hold at the end of any test."""
        assert self.conflicts() == []
        assert self.pending() == set()
        assert not self.leftovers(), self.leftovers()
        checked = self.run("git", "fsck", "--strict", "--no-dangling", "--connectivity-only", check=False)
        said = [line for line in checked.stderr.splitlines() if not line.startswith("notice:")]
        assert (checked.returncode, said) == (0, []), checked.stdout + checked.stderr


def new_git() -> str:
    """The directory with the programs of a newer git, or ''."""
    root = os.environ.get("GITCOORD_NEW_GIT", "")
    return str(Path(root, "bin")) if root and Path(root, "bin", "git").is_file() else ""
