"""Arenas on both ref backends."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from .rig import Arena, new_git

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def build(top: Path, env: dict[str, str], *options: str) -> Arena:
    """A repository with a commit, set up for gitcoord."""
    made = Arena(top, env)
    subprocess.run(["git", "init", "-q", "-b", "main", *options, str(top)], env=env, check=True)
    made.git("config", "coord.fsync", "false")
    made.git("config", "gc.auto", "0")
    (top / "src").mkdir()
    (top / "src" / "a.py").write_text("x\n")
    made.git("add", ".")
    made.git("commit", "-q", "-m", "first")
    made.coord("init", check=True)
    return made


@pytest.fixture
def arena(tmp_path: Path, env: dict[str, str]) -> Iterator[Arena]:
    """A repository with loose and packed ref files."""
    made = build(tmp_path / "arena", env)
    yield made
    made.close()


@pytest.fixture(params=["files", "reftable"])
def any_arena(
    tmp_path: Path, env: dict[str, str], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Arena]:
    """A repository of either ref backend."""
    if request.param == "files":
        made = build(tmp_path / "arena", env)
    else:
        newer = new_git()
        if not newer:
            pytest.skip("GITCOORD_NEW_GIT names no git that knows reftable")
        path = f"{newer}:{env['PATH']}"
        monkeypatch.setenv("PATH", path)  # where this process itself looks for programs
        made = build(tmp_path / "arena", env | {"PATH": path}, "--ref-format=reftable")
    yield made
    made.close()
