"""A bare hub and clones that have joined it, with what may happen to a hub: away, back, restored, hostile."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.moulds import press
from support.programs import in_process, sealed, started

from gitcoord.dataclass import replace
from gitcoord.domain.workspace import Caller, Workspace, open_workspace
from gitcoord.kernel.clock import RandomIds
from gitcoord.kernel.place import discover
from gitcoord.sync.open import open_agreement

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.programs import Ran

    from gitcoord.kernel.clock import Clock

LEDGER = "refs/coord/ledger"
CONFIRMED = "refs/coord-remote/origin/ledger"


class Repository:
    """A directory in which programs are run."""

    def __init__(self, top: Path, env: dict[str, str]) -> None:
        self.top = top
        self.env = env

    def run(self, *argv: str, check: bool = True, data: bytes = b"", **env: str) -> Ran:
        """Run a program here; with `check` it must succeed."""
        return started(self.top, self.env | env, *argv, check=check, data=data)

    def git(self, *args: str, check: bool = True, data: bytes = b"", **env: str) -> str:
        """Run git; returns its output without the last line end."""
        return self.run("git", *args, check=check, data=data, **env).out.removesuffix("\n")

    def ref(self, name: str) -> str:
        """The value of a ref, '' where there is none."""
        return self.git("rev-parse", "-q", "--verify", name, check=False)

    def refs(self, under: str = "refs/coord/") -> dict[str, str]:
        """All refs below a directory."""
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)", under).splitlines()
        return dict(line.split(" ") for line in lines)

    def subject(self, commit: str) -> str:
        """The first line of a commit."""
        return self.git("show", "-s", "--format=%s", commit)

    def message(self, commit: str) -> str:
        """The whole message of a commit."""
        return self.git("show", "-s", "--format=%B", commit)


class Hub(Repository):
    """The bare repository that arbitrates."""

    @property
    def ledger(self) -> str:
        """The newest commit of its ledger."""
        return self.ref(LEDGER)

    def away(self) -> None:
        """Take it away: nobody reaches it."""
        self.top.rename(self.top.with_suffix(".away"))

    def back(self) -> None:
        """Bring it back as it was; what a git that was under way made in its place goes."""
        shutil.rmtree(self.top, ignore_errors=True)
        self.top.with_suffix(".away").rename(self.top)

    def save(self) -> Path:
        """Back it up; returns where."""
        number = len(list(self.top.parent.glob("backup-*")))
        return Path(shutil.copytree(self.top, self.top.parent / f"backup-{number}"))

    def restore(self, backup: Path) -> None:
        """Put a backup in its place."""
        shutil.rmtree(self.top)
        shutil.copytree(backup, self.top)

    def hook(self, name: str, script: str) -> None:
        """Install a hook; '' takes it away."""
        path = self.top / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        if script:
            path.write_text("#!/bin/sh\n" + script)
            path.chmod(0o755)
        else:
            path.unlink()

    def lose_refs(self) -> None:
        """Delete all of our refs."""
        self.git("update-ref", "--stdin", data="".join(f"delete {ref}\n" for ref in self.refs()).encode())


class Clone(Repository):
    """A clone in which sessions work."""

    def here(self, *args: str, session: str = "", check: bool = False) -> Ran:
        """Run `git coord` as a session, in this process: ten times as fast, for what needs no process of its own."""
        return in_process(self.top, self.env, *args, session=session, check=check)

    def spawn(self, *args: str, session: str, **env: str) -> subprocess.Popen[bytes]:
        """Start `git coord` as a session, in a process of its own."""
        return subprocess.Popen(
            ["git-coord", *args],  # git itself would put its own programs before what PATH has
            cwd=self.top,
            env=self.env | {"GIT_COORD_SESSION": session} | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def join(self, url: str, *options: str) -> Ran:
        """Name a hub, and join it."""
        self.git("remote", "add", "origin", url)
        ran = self.here("init", "--hub", "origin", "--hooks", "none", "-q", *options)
        if ran.status == 0:
            self.look_when_told()
        return ran

    def look_when_told(self) -> None:
        """Let commands that only read look at the hub only where a test wants them to (`looked`)."""
        self.git("config", "coord.lookEvery", "1d")
        self.looked(0)

    def looked(self, seconds: int) -> None:
        """Let the last look at the hub be so long ago."""
        (self.coord / "hub-looked").write_text(str(int(time.time()) - seconds))

    def start(self, name: str) -> str:
        """Start a session; returns its id. It is known to the hub with its first claim."""
        return str(self.here("start", name, "--json", check=True).json["session"])

    def claim(self, session: str, *scopes: str) -> dict[str, Any]:
        """Claim; returns the answer, whatever it is."""
        return self.here("claim", *scopes, "--json", session=session).json

    def won(self, session: str, *scopes: str) -> int:
        """Claim what must be won, and confirmed; returns the token."""
        answer = self.claim(session, *scopes)
        assert (answer.get("result"), answer.get("confirmed")) == ("won", True), answer.get("message", "") + str(answer)
        assert isinstance(answer["token"], int)
        return answer["token"]

    def release(self, session: str, *scopes: str) -> None:
        """Release, which must succeed."""
        self.here("release", *scopes, "-q", session=session, check=True)

    def sync(self, *, check: bool = True) -> dict[str, Any]:
        """Exchange everything with the hub; returns the answer."""
        return self.here("sync", "--json", check=check).json

    def holders(self) -> dict[str, str]:
        """What is claimed as far as this clone knows: path -> name of the holder."""
        claims = self.here("claims", "--json", check=True).json["claims"]
        return {item["scope"]: item["name"] for item in claims}

    def workspace(self, clock: Clock) -> Workspace:
        """The clone opened in this process, with its hub."""
        place = discover(str(self.top), self.env)
        opened = open_workspace(place, clock, RandomIds(), Caller(os.getpid(), "", "tester", "here"))
        agreement = open_agreement(opened)
        assert agreement is not None
        return replace(opened, agreement=agreement)

    def forget_others(self) -> None:
        """Let the next command push at once: nobody else is expected to have written (`sync/habit.py`)."""
        (self.coord / "hub-others").unlink(missing_ok=True)

    def forget_away(self) -> None:
        """Let the minute be over in which a hub that was away is not tried."""
        (self.coord / "hub-away").unlink(missing_ok=True)

    @property
    def coord(self) -> Path:
        """The clone's coord directory."""
        return self.top / ".git" / "coord"

    @property
    def confirmed(self) -> str:
        """The hub's ledger as this clone verified it last."""
        return self.ref(CONFIRMED)

    @property
    def ledger(self) -> str:
        """This clone's ledger."""
        return self.ref(LEDGER)

    def commit(self, *paths: str, session: str = "", message: str = "change") -> Ran:
        """Write, add and commit these files as a session, through whatever hooks there are."""
        for path in paths:
            file = self.top / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{message} {os.urandom(4).hex()}\n")
            self.git("add", "--", path)
        me = session or self.env.get("GIT_COORD_SESSION", "")
        return self.run("git", "commit", "-q", "-m", message, check=False, GIT_COORD_SESSION=me)

    def write(self, kind: str, content: bytes) -> str:
        """Write any object, sound or not; returns its id."""
        return self.git("hash-object", "-w", "--literally", "-t", kind, "--stdin", data=content)


@pytest.fixture
def hub(tmp_path: Path, env: dict[str, str]) -> Hub:
    """A bare repository on the same machine."""
    return make_hub(tmp_path, env)


def make_hub(base: Path, env: dict[str, str]) -> Hub:
    """A bare repository that any clone may push to."""
    hub = Hub(base / "hub.git", env)
    hub.top.mkdir()
    hub.git("init", "-q", "--bare", "-b", "main", "--template=")
    (hub.top / "hooks").mkdir()
    hub.git("config", "core.fsync", "none")
    return hub


def make_clone(base: Path, name: str, env: dict[str, str]) -> Clone:
    """A repository without commits that has joined nothing yet."""
    clone = Clone(base / name, env)
    clone.top.mkdir()
    clone.git("init", "-q", "-b", "main", "--template=")
    (clone.top / ".git" / "hooks").mkdir()
    clone.git("config", "coord.fsync", "false")
    clone.git("config", "core.fsync", "none")
    return clone


def joined(base: Path, name: str, env: dict[str, str], url: str) -> Clone:
    """A clone that has joined the hub at this address."""
    clone = make_clone(base, name, env)
    ran = clone.join(url)
    assert ran.status == 0, ran.err
    return clone


class Mould:
    """A hub, and as many clones that have joined it as were asked for yet, to be copied."""

    def __init__(self, base: Path) -> None:
        self._base = base / "mould"
        self._base.mkdir()
        self._env = sealed(base)
        self._hub = make_hub(self._base, self._env)
        self._clones: list[str] = []

    def press(self, into: Path, env: dict[str, str], *names: str, url: str = "") -> list[Clone]:
        """Copies of the hub and of a clone for each name, as if they had joined, in place of what is there.

        `url` is what they know as the hub's address where it is not its path.
        """
        while len(self._clones) < len(names):
            name = f"c{len(self._clones)}"
            joined(self._base, name, self._env, str(self._hub.top))
            self._clones.append(name)
        chosen = {"hub.git": "hub.git", **dict(zip(self._clones, names, strict=False))}
        press(self._base, into, env, chosen)
        clones = [Clone(into / name, env) for name in names]
        for clone in clones if url else ():
            clone.git("remote", "set-url", "origin", url)
            (clone.coord / "hub").unlink()
        return clones


@pytest.fixture(scope="session")
def mould_of_clones(tmp_path_factory: pytest.TempPathFactory) -> Mould:
    """A hub with clones that have joined it, to be copied."""
    return Mould(tmp_path_factory.mktemp("clones"))


@pytest.fixture
def clones(tmp_path: Path, env: dict[str, str], hub: Hub, mould_of_clones: Mould) -> list[Clone]:
    """Three clones that have joined the hub."""
    return mould_of_clones.press(tmp_path, env, "one", "two", "three")


@pytest.fixture
def pair(tmp_path: Path, env: dict[str, str], hub: Hub, mould_of_clones: Mould) -> tuple[Clone, Clone]:
    """Two clones that have joined the hub."""
    one, two = mould_of_clones.press(tmp_path, env, "one", "two")
    return one, two


@pytest.fixture
def newcomer(tmp_path: Path, env: dict[str, str], hub: Hub) -> Callable[[str], Clone]:
    """Makes a fresh clone and lets it join: it verifies the hub's whole history."""
    return lambda name: joined(tmp_path, name, env, str(hub.top))
