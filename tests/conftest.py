"""Real repositories, sealed off from the machine's own configuration."""

from __future__ import annotations

import compileall
import gc
import importlib
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.moulds import press
from support.programs import in_process, sealed, started
from support.torture import TIMES

from gitcoord.domain.workspace import Caller, Workspace, open_workspace
from gitcoord.kernel.clock import RandomIds, SystemClock
from gitcoord.kernel.place import discover

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.programs import Ran

    from gitcoord.domain.session.record import Session


def pytest_configure(config: pytest.Config) -> None:
    """Let every Python of this run use what was compiled before: to compile the program takes longer than to run it.

    The package is compiled here, once, before workers start.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # in the background: programs would ignore Ctrl-C, too
        signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    gc.disable()
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(Path(__file__).parent.parent / "gitcoord", quiet=2)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave slow tests out, unless they are asked for: by the name of their file, `-m`, `-k`, or the long variant."""
    if TIMES > 1 or config.option.markexpr or config.option.keyword:
        return
    named = {Path(argument.partition("::")[0]).resolve() for argument in config.args}
    left_out = {item for item in items if item.get_closest_marker("slow") and item.path not in named}
    config.hook.pytest_deselected(items=[*left_out])
    items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over the tests themselves: it would look at all of them again and again.

    Hypothesis is loaded before, which it is at the end of a run at the latest: its plugins ask the garbage collector
    who refers to what.
    """
    importlib.import_module("hypothesis")
    gc.enable()
    gc.freeze()


class ManualClock:
    """A clock that stands still until it is told to move. Seconds."""

    def __init__(self) -> None:
        self.time = SystemClock().now()

    def now(self) -> int:
        """Seconds since 1970."""
        return self.time

    def pass_by(self, seconds: int) -> None:
        """Let so many seconds pass."""
        self.time += seconds


class Repo:
    """A work tree in which commands are run."""

    def __init__(self, top: Path, env: dict[str, str], ahead: int = 0) -> None:
        self.top = top
        self.env = env
        self._ahead = ahead

    def later(self, seconds: int) -> Repo:
        """The same so many seconds later, for commands in this process."""
        return Repo(self.top, self.env, self._ahead + seconds)

    def run(self, *argv: str, check: bool = True, stdin: str = "", **env: str) -> Ran:
        """Run a program here; with `check` it must succeed."""
        return started(self.top, self.env | env, *argv, check=check, data=stdin.encode("utf-8", "surrogateescape"))

    def git(self, *args: str, check: bool = True, **env: str) -> str:
        """Run git; returns its output without the last line end."""
        return self.run("git", *args, check=check, **env).out.removesuffix("\n")

    def process(self, *args: str, session: str = "", check: bool = False, stdin: str = "") -> Ran:
        """Run `git coord` as a session, in a process of its own."""
        env = {"GIT_COORD_SESSION": session} if session else {}
        return self.run("git", "coord", *args, check=check, stdin=stdin, **env)

    def coord(self, *args: str, session: str = "", check: bool = False, stdin: str = "") -> Ran:
        """Run `git coord` as a session: in this process, ten times as fast, where nothing needs one of its own."""
        own = stdin or not args or not {"commit", "run"}.isdisjoint(args) or "GIT_EXEC_PATH" in self.env
        if own:
            return self.process(*args, session=session, check=check, stdin=stdin)
        return self.here(*args, session=session, check=check)

    def here(self, *args: str, session: str = "", check: bool = False) -> Ran:
        """Run `git coord` as a session in this process, whatever the command."""
        return in_process(self.top, self.env, *args, session=session, check=check, ahead=self._ahead)

    def start(self, name: str, *args: str) -> str:
        """Start a session; returns its id."""
        return str(self.coord("start", name, *args, "--json", check=True).json["session"])

    def write(self, path: str, content: str = "x\n") -> Path:
        """Write a file, with its directories."""
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        return file

    def commit(self, *paths: str, message: str = "change", session: str = "", check: bool = False) -> Ran:
        """Write, add and commit these files as a session, through the hooks."""
        for path in paths:
            self.write(path, f"{message} {os.urandom(4).hex()}\n")
            self.git("add", "--", path)
        env = {"GIT_COORD_SESSION": session} if session else {}
        return self.run("git", "commit", "-q", "-m", message, check=check, **env)

    def sign(self) -> None:
        """Let git sign commits from now on, and tell of signatures wherever it shows a commit."""
        key = self.top.parent / "key"
        if shutil.which("ssh-keygen") is None:
            pytest.skip("ssh-keygen is not installed")
        self.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
        self.git("config", "gpg.format", "ssh")
        self.git("config", "user.signingKey", str(key))
        for name in ("commit.gpgSign", "log.showSignature"):
            self.git("config", name, "true")

    def worktree(self, name: str) -> Repo:
        """Another worktree of this repository, on a branch of that name."""
        path = self.top.parent / name
        self.git("worktree", "add", "-q", "-b", name, str(path))
        return Repo(path, self.env)

    def workspace(self, clock: ManualClock | None = None) -> Workspace:
        """The repository opened in this process."""
        place = discover(str(self.top), self.env)
        return open_workspace(place, clock or SystemClock(), RandomIds(), Caller(os.getpid(), "", "tester", "here"))


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A sealed environment."""
    home = tmp_path / "home"
    home.mkdir()
    return sealed(home)


@pytest.fixture(scope="session")
def bare_mould(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a repository that knows nothing of gitcoord yet, to be copied."""
    base = tmp_path_factory.mktemp("bare")
    _bare(base / "repo", sealed(tmp_path_factory.mktemp("home")))
    return base


@pytest.fixture(scope="session")
def mould(tmp_path_factory: pytest.TempPathFactory, bare_mould: Path) -> Path:
    """A directory with a repository that is set up, to be copied."""
    base, env = tmp_path_factory.mktemp("mould"), sealed(tmp_path_factory.mktemp("home"))
    press(bare_mould, base, env)
    Repo(base / "repo", env).here("init", check=True)
    return base


@pytest.fixture
def bare_repo(tmp_path: Path, env: dict[str, str], bare_mould: Path) -> Repo:
    """A repository with one commit that knows nothing of gitcoord yet."""
    press(bare_mould, tmp_path, env)
    return Repo(tmp_path / "repo", env)


@pytest.fixture(scope="module")
def shared_bare_repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A repository that knows nothing of gitcoord yet, one for all tests of a module."""
    base = tmp_path_factory.mktemp("shared")
    (base / "home").mkdir()
    return _bare(base / "repo", sealed(base / "home"))


@pytest.fixture(scope="module")
def shared_repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """A repository that is set up, one for all tests of a module: each works on paths of its own."""
    base = tmp_path_factory.mktemp("shared")
    (base / "home").mkdir()
    repo = _bare(base / "repo", sealed(base / "home"))
    repo.here("init", check=True)
    return repo


def _bare(top: Path, env: dict[str, str]) -> Repo:
    repo = Repo(top, env)
    repo.top.mkdir()
    repo.git("init", "-q", "-b", "main")
    for sample in (repo.top / ".git" / "hooks").glob("*.sample"):
        sample.unlink()
    repo.git("config", "coord.fsync", "false")
    repo.write("src/a.py")
    repo.write("src/b.py")
    repo.write("docs/guide.md")
    repo.git("add", ".")
    repo.git("commit", "-q", "-m", "first")
    return repo


@pytest.fixture
def repo(tmp_path: Path, env: dict[str, str], mould: Path) -> Repo:
    """A repository that is set up for gitcoord, hooks and all."""
    press(mould, tmp_path, env)
    return Repo(tmp_path / "repo", env)


@pytest.fixture
def clock() -> ManualClock:
    """A clock under the test's control."""
    return ManualClock()


@pytest.fixture
def workspace(repo: Repo, clock: ManualClock) -> Iterator[Workspace]:
    """The repository opened in this process, with a clock that stands still."""
    opened = repo.workspace(clock)
    yield opened
    opened.ledger.store.close()


def session_of(workspace: Workspace, name: str, **said: Any) -> Session:
    """Start a session in this process."""
    from gitcoord.domain.session import record as session
    from gitcoord.domain.session import start

    started = start.start(workspace, start.Request(name=name, **said))
    found = session.read(workspace.ledger.state(), started.session)
    assert found is not None
    return found
