"""A repository with a ledger, in which hooks and commands are asked what they decide of one change."""

from __future__ import annotations

import contextlib
import os
import subprocess
from typing import TYPE_CHECKING, Any

from gitcoord.domain.claim import check
from gitcoord.domain.commit import sharing
from gitcoord.domain.kinds import KINDS
from gitcoord.domain.session import identity
from gitcoord.domain.workspace import Caller, Workspace, open_workspace
from gitcoord.errors import NotFound
from gitcoord.hook import main
from gitcoord.kernel import clone, place, staging, store
from gitcoord.kernel.clock import RandomIds
from gitcoord.ledger.event import Draft
from gitcoord.ledger.ledger import Ledger
from gitcoord.policy.ids import SessionId
from gitcoord.policy.scope import Scope
from support.programs import sealed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gitcoord.domain.session.record import Session

NOW = 1_800_000_000


class Clock:
    """A clock that shows `NOW`, less `ago` seconds."""

    ago = 0

    def now(self) -> int:
        """Seconds since 1970."""
        return NOW - self.ago


class Judged:
    """A repository with `files` in its first commit, and with a ledger in which nothing is claimed."""

    def __init__(self, top: Path, files: dict[str, str]) -> None:
        (top / "home").mkdir()
        self.env = sealed(top / "home")
        self.repo = top / "repo"
        self.repo.mkdir()
        self.git("init", "-q", "-b", "main")
        for name, content in files.items():
            (self.repo / name).parent.mkdir(parents=True, exist_ok=True)
            (self.repo / name).write_text(content)
        self.git("add", ".")
        self.git("commit", "-q", "-m", "first")
        self.git("config", "coord.fsync", "false")
        self.blob = self.git("hash-object", "-w", "--stdin")
        self.coord = self.repo / ".git" / "coord"
        self.coord.mkdir()
        self.here = clone.create(self.coord, RandomIds())
        self.clock = Clock()
        opened = store.open_store(place.discover(str(self.repo), self.env))
        self.ledger = Ledger(opened, lambda: KINDS, self.clock, RandomIds(), "a@b")
        self.ledger.begin("test")

    def close(self) -> None:
        """End the programs that run for it."""
        self.ledger.store.close()

    def git(self, *args: str) -> str:
        """Run git, which must succeed."""
        ran = subprocess.run(["git", *args], cwd=self.repo, env=self.env, check=True, capture_output=True, text=True)
        return ran.stdout.strip()

    def record(self, session: str, kind: str, **data: Any) -> bool:
        """Record an operation; returns whether it was accepted."""
        (outcome,) = self.ledger.transact(SessionId(session), lambda _: [Draft(kind, kind, data)]).outcomes
        return outcome.verdict is not None and outcome.verdict.accepted

    def start(self, name: str, clone: str, parent: str = "", role: str = "") -> str:
        """Start a session; returns its id."""
        session = f"{name}-{os.urandom(4).hex()}"
        said = {key: value for key, value in (("parent", parent), ("role", role)) if value}
        assert self.record(session, "register", clone=clone, name=name, **said)
        return session

    def stage(self, *paths: str) -> None:
        """Stage a change of these paths and of nothing else."""
        self.git("read-tree", "HEAD")
        for path in paths:
            self.git("update-index", "--add", "--replace", "--cacheinfo", f"100644,{self.blob},{path}")

    def commit(self) -> str:
        """Make a commit of what is staged, which no ref names, on HEAD; returns its id."""
        return self.git("commit-tree", "-p", "HEAD", "-m", "change", self.git("write-tree"))

    def hook(self, me: str) -> bool:
        """Whether the pre-commit hook refuses."""
        return main.run("pre-commit", str(self.repo / ".git"), [], self._as(me), lambda: b"") != 0

    def push(self, me: str, commit: str) -> bool:
        """Whether the pre-push hook refuses to push a commit to a remote that has HEAD."""
        told = f"refs/heads/x {commit} refs/heads/x {self.git('rev-parse', 'HEAD')}\n".encode()
        return main.run("pre-push", str(self.repo / ".git"), ["origin", "url"], self._as(me), lambda: told) != 0

    def staged(self, me: str) -> check.Checked:
        """What `check --staged` says."""
        with self.workspace(me) as (workspace, reader):
            return check.staged(workspace, reader)

    def left(self, me: str, *named: str, amends: bool = False) -> dict[str, str]:
        """What `git coord commit` leaves of what is staged, and why."""
        with self.workspace(me) as (workspace, reader):
            assert reader is not None
            git = staging.git_with(workspace.place, staging.path_of(workspace.place))
            staged = staging.staged(git, staging.head(workspace.place))
            scopes = tuple(Scope("file", path) for path in named)
            left = sharing.left_alone(workspace, reader, git, staged, scopes, amends=amends)
            return {path: item.why for path, item in left.items()}

    @contextlib.contextmanager
    def workspace(self, me: str) -> Iterator[tuple[Workspace, Session | None]]:
        """The workspace of a command that `me` runs, and the session that it is found to be."""
        found = place.discover(str(self.repo), self._as(me))
        workspace = open_workspace(found, Clock(), RandomIds(), Caller(os.getpid(), "", "tester", "here"))
        reader = None
        try:
            with contextlib.suppress(NotFound):  # a session of another clone: the guard takes it for nobody
                reader = identity.find(workspace, workspace.ledger.state(), "", for_reading=True)
            yield workspace, reader
        finally:
            workspace.ledger.store.close()

    def _as(self, me: str) -> dict[str, str]:
        return self.env | ({"GIT_COORD_SESSION": me} if me else {})
