"""Programs run in a sealed environment, and `git coord` in this process."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

GITCONFIG = str(Path(__file__).with_name("gitconfig"))


def sealed(home: Path) -> dict[str, str]:
    """An environment in which git reads the repository's configuration and `GITCONFIG`, and no session is known."""
    drop = ("GIT_", "CLAUDE", "CODEX_", "GEMINI_", "CURSOR_", "COPILOT_", "OPENCODE", "AI_AGENT", "AGENT", "PRE_COMMIT")
    env = {key: value for key, value in os.environ.items() if not key.startswith(drop)}
    # The program under test is the one of this interpreter.
    path = f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', os.defpath)}"
    return env | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "GIT_CONFIG_GLOBAL": GITCONFIG,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "A Person",
        "GIT_AUTHOR_EMAIL": "person@example.com",
        "GIT_COMMITTER_NAME": "A Person",
        "GIT_COMMITTER_EMAIL": "person@example.com",
        "GIT_EDITOR": "true",
        "PATH": path,
        "TZ": "UTC",
    }


@dataclass
class Ran:
    """A program that has ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Its standard output as the JSON object that it must be; one that is not a success says why, in words."""
        value = json.loads(self.out)
        assert isinstance(value, dict)
        assert self.status == 0 or value.get("message"), f"status {self.status} without a message: {self.out}"
        return value


def started(top: Path, env: dict[str, str], *argv: str, check: bool, data: bytes = b"", limit: float = 120) -> Ran:
    """Run a program in a directory, for `limit` seconds at most; with `check` it must succeed."""
    ended = subprocess.run(argv, cwd=top, env=env, input=data, capture_output=True, timeout=limit, check=False)
    ran = Ran(
        ended.returncode,
        ended.stdout.decode("utf-8", "surrogateescape"),
        ended.stderr.decode("utf-8", "surrogateescape"),
    )
    assert not check or ran.status == 0, f"{argv} ended with {ran.status}\n{ran.out}\n{ran.err}"
    return ran


def in_process(top: Path, env: dict[str, str], *args: str, session: str, check: bool, ahead: int = 0) -> Ran:
    """Run `git coord` as a session, in this process, `ahead` seconds from now; with `check` it must succeed."""
    with warnings.catch_warnings():
        # What typer 0.25 imports of click, click 8.5 calls deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        from gitcoord.interfaces.cli import main
        from gitcoord.kernel.clock import SystemClock

    out, err = io.StringIO(), io.StringIO()
    env = env | ({"GIT_COORD_SESSION": session} if session else {})
    clock = patch.object(SystemClock, "now", lambda _: int(time.time()) + ahead) if ahead else contextlib.nullcontext()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), clock:
        status = main.run(["-C", str(top), *args], env)
    ran = Ran(status, out.getvalue(), err.getvalue())
    assert not check or ran.status == 0, f"{args} ended with {ran.status}\n{ran.out}\n{ran.err}"
    return ran
