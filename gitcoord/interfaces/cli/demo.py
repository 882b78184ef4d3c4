"""`git coord demo`: the whole story, in a throw-away repository, with the real hooks."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass
from gitcoord.domain.command import Argument
from gitcoord.errors.cli import DemoFailed
from gitcoord.errors.storage import CannotAccess
from gitcoord.errors.usage import NotEmpty
from gitcoord.kernel.refname import LEDGER

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation

PAUSE = 0.3


@dataclass(frozen=True, slots=True)
class Shown:
    """Where the story took place."""

    repository: str
    worktrees: list[str]


class _Stage:
    """Runs commands as somebody would type them, and says which and what came of it."""

    def __init__(self, directory: Path, environ: dict[str, str], *, quiet: bool) -> None:
        self.directory = directory
        self.quiet = quiet
        keep = {key: value for key, value in environ.items() if not key.startswith("GIT_")}
        # `git coord` has to find this very program, also from an environment that is not activated.
        path = os.pathsep.join([sysconfig.get_path("scripts"), environ.get("PATH", os.defpath)])
        self.environ = keep | {"PATH": path, "GIT_TERMINAL_PROMPT": "0"}

    def say(self, text: str = "") -> None:
        if not self.quiet:
            print(text, flush=True)

    def run(self, who: str, *argv: str, session: str = "", expect: int = 0, silent: bool = False) -> str:
        if not silent:
            self.say(f"{who}$ {self._typed(argv)}")
        ended = subprocess.run(
            argv, cwd=self.directory / who, env=self._as(session), capture_output=True, text=True, check=False
        )
        return self._told(argv, ended.returncode, ended.stdout, ended.stderr, expect, silent=silent)

    def begin(self, who: str, *argv: str, session: str) -> subprocess.Popen[str]:
        self.say(f"{who}$ {self._typed(argv)} &")
        return subprocess.Popen(
            argv,
            cwd=self.directory / who,
            env=self._as(session),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self, running: subprocess.Popen[str], who: str) -> None:
        out, err = running.communicate(timeout=60)
        self.say(f"{who}: output of the background command")
        self._told([str(running.args)], running.returncode, out, err, 0, silent=False)

    def _as(self, session: str) -> dict[str, str]:
        return self.environ | ({"GIT_COORD_SESSION": session} if session else {})

    def _typed(self, argv: tuple[str, ...]) -> str:
        return " ".join(f"'{word}'" if " " in word else word for word in argv)

    def _told(self, argv: object, status: int, out: str, err: str, expect: int, *, silent: bool) -> str:
        if not silent:
            for line in (err + out).rstrip().splitlines():
                self.say(f"  {line}")
        if status != expect:
            raise DemoFailed(argv, status, expect, err or out)
        return out.strip()


@dataclass(frozen=True, slots=True)
class Request:
    """Show the whole story: claim, refused commit, wait, release, commit, audit."""

    directory: Annotated[str, Argument("DIR", "Where to make it; a new one by default.")] = ""


def run(this: Invocation, request: Request) -> None:
    """Show the whole story: claim, refused commit, wait, release, commit, audit."""
    directory = request.directory
    base = Path(this.directory, directory).absolute() if directory else Path(tempfile.mkdtemp(prefix="coord-demo-"))
    if base.exists() and (not base.is_dir() or any(base.iterdir())):
        raise NotEmpty(directory)
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotAccess("make", base, error.strerror) from error
    stage = _Stage(base, this.environ, quiet=this.quiet or this.json)
    _tell(stage)
    shown = Shown(str(base / "alice"), [str(base / "alice"), str(base / "bob")])
    this.answer(shown, [f"The repository is in {base / 'alice'}, its second worktree in {base / 'bob'}."])


def _tell(stage: _Stage) -> None:
    stage.say("A repository, and a second worktree of it. Alice works in one, Bob in the other.")
    _make_repository(stage)
    stage.say("\nSet it up once, and start two sessions (people and agents need no start: the first claim does it).")
    stage.run("alice", "git", "coord", "init", "-q")
    alice = stage.run("alice", "git", "coord", "start", "alice", "-q")
    bob = stage.run("bob", "git", "coord", "start", "bob", "-q")

    stage.say("\nAlice claims a directory. Bob wants a file in it and is told who has it.")
    stage.run("alice", "git", "coord", "claim", "src/auth", "-m", "new login", session=alice)
    stage.run("bob", "git", "coord", "claim", "src/auth/login.py", session=bob, expect=1)

    stage.say("\nBob edits it all the same. Git refuses his commit.")
    _edit(stage, "bob", "def login(): return 'bob'\n")
    stage.run("bob", "git", "commit", "-am", "my own login", session=bob, expect=1)
    stage.run("bob", "git", "checkout", "-q", "--", ".", session=bob)

    stage.say("\nSo he waits in line, while Alice commits what she claimed and releases it.")
    waiting = stage.begin("bob", "git", "coord", "claim", "src/auth/login.py", "--wait", "1m", session=bob)
    time.sleep(PAUSE * 5)
    _edit(stage, "alice", "def login(): return 'alice'\n")
    stage.run("alice", "git", "commit", "-q", "-am", "login: new", session=alice)
    stage.run("alice", "git", "coord", "release", "src/auth", "-m", "login is done", session=alice)
    stage.finish(waiting, "bob")

    stage.say(
        "\nHe was told that Alice's commit is not in his branch. He merges it, and now his own commit goes through."
    )
    stage.run("bob", "git", "merge", "-q", "--no-edit", "main", session=bob)
    _edit(stage, "bob", "def login(): return 'alice and bob'\n")
    stage.run("bob", "git", "commit", "-q", "-am", "login: for two", session=bob)
    # The note of the commit may come a second later; with the next command it is there for certain.
    stage.run("bob", "git", "coord", "whoami", session=bob, silent=True)

    stage.say("\nAll of it is plain Git.")
    audit = ("git", "log", "--first-parent", "--format=%h %an: %s", LEDGER)
    stage.run("alice", *audit, "--", "claims/paths/+src")
    stage.run("bob", "git", "log", "-1", "--notes=coord", "--format=%h %s%n%N")


def _make_repository(stage: _Stage) -> None:
    (stage.directory / "alice").mkdir()
    stage.run("alice", "git", "init", "-q", "-b", "main", silent=True)
    for key, value in (("user.name", "Demo"), ("user.email", "demo@example.com"), ("commit.gpgsign", "false")):
        stage.run("alice", "git", "config", key, value, silent=True)
    _edit(stage, "alice", "def login(): ...\n")
    stage.run("alice", "git", "add", ".", silent=True)
    stage.run("alice", "git", "commit", "-q", "-m", "first", silent=True)
    stage.run("alice", "git", "worktree", "add", "-q", "-b", "bob", "../bob", silent=True)


def _edit(stage: _Stage, who: str, content: str) -> None:
    file = stage.directory / who / "src/auth/login.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
