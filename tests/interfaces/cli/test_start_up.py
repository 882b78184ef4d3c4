"""What a command loads: the ordinary ones do without what takes longer to load than the command takes to run."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Repo

LOADED = (
    "import os, sys\n"
    "from gitcoord.interfaces.cli.main import run\n"
    "status = run(sys.argv[1:], dict(os.environ))\n"
    "slow = {'pygit2', 'pydantic', 'typer', 'click', 'shutil'}\n"
    "print('loaded', *slow.intersection(sys.modules), file=sys.stderr)\n"
    "sys.exit(status)\n"
)


def loaded(repo: Repo, *args: str) -> list[str]:
    """Run a command, which must succeed; returns which of the slow libraries it loaded."""
    argv = [sys.executable, "-c", LOADED, *args]
    done = subprocess.run(argv, cwd=repo.top, env=repo.env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()[-1].split()[1:]


@pytest.fixture
def packed(repo: Repo) -> Repo:
    """A repository in which a session holds a claim, and everything stands in packs."""
    repo.coord("claim", "src", check=True)
    repo.git("repack", "-adq")
    repo.git("prune-packed")
    return repo


@pytest.mark.parametrize(
    "args",
    [
        ("--version",),
        ("help",),
        ("claims",),
        ("check", "src"),
        ("whoami",),
        ("sessions",),
        ("status", "--short"),
        ("status",),
        ("claim", "lib/new.py"),
        ("release", "src"),
        ("renew",),
        ("beat", "testing"),
        ("number", "migrations"),
        ("snapshot",),
        ("end",),
    ],
    ids=" ".join,
)
def test_an_ordinary_command_loads_no_slow_library(packed: Repo, args: tuple[str, ...]) -> None:
    """Neither what reads nor what writes a little loads libgit2, pydantic or shutil, or typer for a plain line."""
    assert loaded(packed, *args) == []
