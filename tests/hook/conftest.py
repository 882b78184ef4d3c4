"""A repository with a ledger made through the library, and hooks that start the program with nothing in between."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.programs import sealed
from support.waiting import until

from gitcoord import hook
from gitcoord.domain.kinds import KINDS
from gitcoord.domain.session import record as session
from gitcoord.kernel import place, process, roster, store, whereabouts
from gitcoord.kernel.clock import RandomIds
from gitcoord.ledger.event import Draft
from gitcoord.ledger.ledger import Ledger
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAM = Path(hook.__file__).parent / "__main__.py"
HOOKS = ("pre-commit", "prepare-commit-msg", "post-commit", "post-merge", "post-rewrite", "pre-push")
CLONE = "thisclone"
NEW_GIT = Path(os.environ.get("GITCOORD_NEW_GIT", "/nowhere"), "bin")


class Clock:
    """The time at which operations are recorded: now, less `ago` seconds."""

    def __init__(self) -> None:
        self.ago = 0

    def now(self) -> int:
        """Seconds since 1970."""
        return int(time.time()) - self.ago


class Ran:
    """How a program ended."""

    def __init__(self, ended: subprocess.CompletedProcess[bytes]) -> None:
        self.status = ended.returncode
        self.out = ended.stdout.decode("utf-8", "surrogateescape")
        self.err = ended.stderr.decode("utf-8", "surrogateescape")

    @property
    def refused(self) -> bool:
        """Whether the guard refused it, saying so."""
        return self.status != 0 and "error: " in self.err


class Tree:
    """A worktree in which git is run."""

    def __init__(self, top: Path, env: dict[str, str]) -> None:
        self.top = top
        self.env = env

    def run(self, *argv: str | bytes, check: bool = True, me: str = "", **env: str) -> Ran:
        """Run a program here, as session `me`; with `check` it must succeed."""
        whole = self.env | ({"GIT_COORD_SESSION": me} if me else {}) | env
        ended = subprocess.run(argv, cwd=self.top, env=whole, capture_output=True, timeout=100, check=False)
        ran = Ran(ended)
        assert not check or ran.status == 0, f"{argv!r} ended with {ran.status}\n{ran.out}\n{ran.err}"
        return ran

    def git(self, *args: str | bytes, me: str = "", **env: str) -> str:
        """Run git, which must succeed; returns its output without the last line end."""
        return self.run("git", *args, check=True, me=me, **env).out.removesuffix("\n")

    def quietly(self, *args: str) -> str:
        """Run git without any hook."""
        return self.git("-c", "core.hooksPath=/dev/null", *args)

    def tried(self, *args: str | bytes, me: str = "", **env: str) -> Ran:
        """Run git, which may fail."""
        return self.run("git", *args, check=False, me=me, **env)

    def write(self, path: str, content: str = "") -> None:
        """Write a file that is new each time."""
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content or os.urandom(6).hex() + "\n")

    def stage(self, *paths: str) -> None:
        """Write these files and stage them."""
        for path in paths:
            self.write(path)
        self.git("add", "--", *paths)

    def commit(self, *paths: str, me: str = "", message: str = "change", **env: str) -> Ran:
        """Change these files, stage and commit them, which may fail."""
        self.stage(*paths)
        return self.tried("commit", "-q", "-m", message, me=me, **env)

    def landed(self, *paths: str, message: str = "change") -> str:
        """Commit changes of these files without any hook; returns the commit."""
        self.stage(*paths)
        self.quietly("commit", "-q", "-m", message)
        return self.head

    @property
    def head(self) -> str:
        """The commit that HEAD is."""
        return self.git("rev-parse", "HEAD")

    def note(self, commit: str = "HEAD") -> str:
        """The note on a commit; empty where there is none."""
        return self.tried("notes", "--ref=coord", "show", commit).out

    def trailers(self, key: str, commit: str = "HEAD") -> list[str]:
        """The values of a trailer of the note."""
        lines = [line.partition(": ") for line in self.note(commit).splitlines()]
        return [value for name, _, value in lines if name == key]

    def apart(self, script: str, *, me: str = "", **env: str) -> Ran:
        """Run a shell script here that no process of the test, and so no agent that runs it, is an ancestor of."""
        said = {"GIT_COORD_SESSION": me} if me else {}
        home = Path(self.env["HOME"])
        done = home / "done"
        done.unlink(missing_ok=True)
        whole = f"({script}) >{home}/out 2>{home}/err; echo $? >{home}/status; mv {home}/status {done}"
        env = self.env | said | env
        subprocess.run(["setsid", "-f", "sh", "-c", whole], cwd=self.top, env=env, stdin=subprocess.DEVNULL, check=True)
        until(lambda: done.exists(), "it did not end")
        out, err = (home / "out").read_bytes(), (home / "err").read_bytes()
        return Ran(subprocess.CompletedProcess(script, int(done.read_text()), out, err))


class World(Tree):
    """The main worktree of a repository with a ledger, in which sessions claim."""

    def __init__(self, top: Path, env: dict[str, str]) -> None:
        super().__init__(top, env)
        self.clock = Clock()
        self.entries: list[roster.Entry] = []
        top.mkdir()
        self.git("init", "-q", "-b", "main")
        self.git("config", "coord.fsync", "false")
        for path in ("src/a.py", "src/b.py", "lib/c.py", "readme.md"):
            self.write(path)
        self.git("add", ".")
        self.git("commit", "-q", "-m", "first")
        self.coord.mkdir()
        (self.coord / "clone").write_text(json.dumps({"id": CLONE, **whereabouts.of(str(self.coord))}))
        opened = store.open_store(place.discover(str(top), env))
        self.ledger = Ledger(opened, lambda: KINDS, self.clock, RandomIds(), "a@b")
        self.ledger.begin("test")
        self.install()

    @property
    def coord(self) -> Path:
        """The directory of ours in the common git directory."""
        return self.top / ".git" / "coord"

    def install(self, *options: str, common: Path | None = None) -> None:
        """Put the hooks in place."""
        common = common or self.top / ".git"
        (common / "hooks").mkdir(exist_ok=True)
        for name in HOOKS:
            shim = common / "hooks" / name
            said = " ".join((*options, name, str(common)))
            shim.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S {PROGRAM} {said} "$@"\n')
            shim.chmod(0o755)

    def record(self, session: str, kind: str, body: str = "", /, **data: Any) -> str:
        """Record an operation that must be accepted; returns its id."""
        (outcome,) = self.ledger.transact(
            SessionId(session), lambda _: [Draft(kind, f"{kind} it", data, body)]
        ).outcomes
        assert outcome.verdict is not None
        assert outcome.verdict.accepted, outcome.verdict
        return outcome.event.id

    def session(self, name: str, *, clone: str = CLONE, parent: str = "", ago: int = 0, **data: Any) -> str:
        """Start a session, so many seconds ago; returns its id."""
        session = f"{name}-{os.urandom(4).hex()}"
        facts: dict[str, Any] = {"clone": clone, "name": name, "user": "ana", "host": "laptop", "branch": "topic"}
        if parent:
            facts["parent"] = parent
        self.clock.ago = ago
        self.record(session, "register", **(facts | data))
        self.clock.ago = 0
        return session

    def lease_end(self, name: str) -> str:
        """When the lease of a session ends, by the ledger: the time of day, as messages have it."""
        known = session.read(self.ledger.state(), SessionId(name))
        assert known is not None
        return time.strftime("%H:%M", time.gmtime(known.held_until))

    def claim(self, session: str, *scopes: str, ago: int = 0, why: str = "", **data: Any) -> str:
        """Claim paths, and globs where there is a star; returns the claim's id."""
        items = [{"glob" if "*" in scope else "directory": scope} for scope in scopes]
        self.clock.ago = ago
        claim = self.record(session, "claim", why, scopes=items, **data)
        self.clock.ago = 0
        return claim

    def at(
        self, session: str, pid: int, *, kind: str = "agent", name: str = "", worktree: str = "", uid: int = -1
    ) -> None:
        """Put a session on the clone's roster, with its process, if any, as this user's or that of `uid`."""
        found = process.read(pid) if pid else None
        start = found.start if found else "1"
        known: dict[str, Any] = (
            {"kind": kind, "pid": pid, "start": start} if pid else {"kind": kind if kind != "agent" else "none"}
        )
        known["uid"] = uid if uid >= 0 else os.getuid()
        if pid:
            known |= {"boot": process.boot(), "namespace": process.namespace()}
        where = worktree or str(self.top / ".git")
        self.entries.append(
            roster.Entry(SessionId(session), name or session.rpartition("-")[0], worktree=where, **known)
        )
        roster.write(str(self.coord / "roster"), self.entries)

    def linked(self, name: str) -> Tree:
        """Another worktree, on a branch of that name."""
        path = self.top.parent / name
        self.quietly("worktree", "add", "-q", "-b", name, str(path))
        return Tree(path, self.env)

    @property
    def spool(self) -> list[dict[str, Any]]:
        """The records that hooks left for the next command, eldest first."""
        directory = self.coord / "spool"
        names = sorted(directory.iterdir(), key=lambda path: path.name.partition("-")[2]) if directory.exists() else []
        return [json.loads(path.read_text()) for path in names]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A sealed environment."""
    home = tmp_path / "home"
    home.mkdir()
    return sealed(home)


@pytest.fixture
def world(tmp_path: Path, env: dict[str, str]) -> Iterator[World]:
    """A repository with hooks and a ledger that holds nothing yet."""
    made = World(tmp_path / "repo", env)
    yield made
    made.ledger.store.close()


@pytest.fixture
def bob(world: World) -> str:
    """A session that claims `src/a.py`."""
    session = world.session("bob")
    world.claim(session, "src/a.py", why="rewrite it")
    return session


@pytest.fixture
def alice(world: World) -> str:
    """A session that claims nothing."""
    return world.session("alice")


@pytest.fixture
def hub(world: World) -> str:
    """A remote `origin` that has `main`."""
    path = str(world.top.parent / "hub.git")
    world.git("init", "-q", "--bare", path)
    world.git("remote", "add", "origin", path)
    world.quietly("push", "-q", "origin", "main")
    return path


@pytest.fixture
def running() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts processes that end with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        child = subprocess.Popen(["sleep", "100"])
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.wait()


@pytest.fixture
def agent(tmp_path: Path) -> str:
    """A program by the name of an agent that runs a shell script: `AGENT -c SCRIPT`."""
    program = tmp_path / "claude"
    shell = shutil.which("bash")
    assert shell is not None
    shutil.copy(shell, program)
    return str(program)
