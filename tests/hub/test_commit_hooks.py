"""The hooks of a commit never talk to the hub, however long ago it was looked at; `pre-push` alone does."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.torture import every
from support.waiting import until

from .conftest import Clone, Hub, make_clone

if TYPE_CHECKING:
    from collections.abc import Callable

MARK = "GITCOORD_TEST_WIRE"
"""A variable by which the processes that a command left behind are found."""


class Wire:
    """What stands between a clone and its hub: it writes down each contact, whatever process makes it."""

    def __init__(self, directory: Path, clone: Clone) -> None:
        directory.mkdir()
        self._log = directory / "log"
        for service in ("upload-pack", "receive-pack"):
            program = directory / service
            program.write_text(f'#!/bin/sh\necho {service} >>{self._log}\nexec git-{service} "$@"\n')
            program.chmod(0o755)
            clone.git("config", f"remote.origin.{service.replace('-', '')}", str(program))
        self._left = f"{MARK}={directory}".encode()
        clone.env = clone.env | {MARK: str(directory)}

    def used(self) -> list[str]:
        """The contacts until now, once everything that was started has ended."""
        until(lambda: not self._running(), "something does not end")
        return self._log.read_text().split() if self._log.exists() else []

    def _running(self) -> bool:
        for place in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self._left in place.read_bytes().split(b"\0"):
                    return True
            except OSError:
                continue
        return False


@pytest.fixture
def clone(hub: Hub, tmp_path: Path, env: dict[str, str]) -> Clone:
    """A clone with hooks in which alice works; a look and a sync are overdue."""
    other = make_clone(tmp_path, "other", env)
    other.git("remote", "add", "origin", str(hub.top))
    other.commit("README")
    other.git("push", "-q", "origin", "main")
    clone = Clone(tmp_path / "clone", env)
    other.git("clone", "-q", str(hub.top), str(clone.top))
    for one in (other, clone):
        one.git("config", "coord.fsync", "false")
        one.here("init", "--hub", "origin", "-q", check=True)
    other.won(other.start("bob"), "theirs")
    alice = str(clone.here("start", "alice", "--json", check=True).json["session"])
    clone.env = clone.env | {"GIT_COORD_SESSION": alice}
    clone.won(alice, "mine")
    clone.here("sync", check=True)
    then = time.time() - 3 * 86400
    clone.looked(3 * 86400)
    os.utime(clone.coord / "synced", (then, then))
    return clone


def commit(clone: Clone) -> None:
    """Two commits, of which the hooks judge each and note who made it."""
    assert clone.commit("mine").status == 0
    assert clone.commit("free").status == 0


def refused(clone: Clone) -> None:
    """A commit that is refused, with and without --no-verify."""
    assert clone.commit("theirs").status != 0
    assert clone.run("git", "commit", "-qnm", "past pre-commit", check=False).status != 0
    clone.git("reset", "-q", "--hard")


def amend(clone: Clone) -> None:
    """An amended commit: post-rewrite."""
    commit(clone)
    clone.git("commit", "-q", "--amend", "-m", "better words")


def diverge(clone: Clone) -> None:
    """A branch `side` and `main`, each with a commit that the other has not; `main` is checked out."""
    clone.git("checkout", "-q", "-b", "side")
    commit(clone)
    clone.git("checkout", "-q", "main")
    assert clone.commit("base").status == 0


def rebase(clone: Clone) -> None:
    """A rebase of two commits onto another: post-rewrite, once."""
    diverge(clone)
    clone.git("rebase", "-q", "main", "side")


def merge(clone: Clone) -> None:
    """A merge with a commit of its own, and a fast-forward: post-merge."""
    diverge(clone)
    clone.git("merge", "-q", "--no-edit", "side")
    clone.git("checkout", "-q", "side")
    clone.git("merge", "-q", "main")


def bypass(clone: Clone) -> None:
    """A commit past the guard, which is for the next command to record."""
    (clone.top / "theirs").write_text("x\n")
    clone.git("add", "theirs")
    clone.git("-c", "coord.guard=off", "commit", "-qm", "the owner asked for it")


@pytest.mark.slow
@pytest.mark.parametrize("act", every(2, [commit, refused, rebase, amend, merge, bypass]))
def test_no_hook_of_a_commit_talks_to_the_hub(clone: Clone, tmp_path: Path, act: Callable[[Clone], None]) -> None:
    """Neither the hooks nor anything that they leave behind fetch or push; a command then does."""
    wire = Wire(tmp_path / "wire", clone)
    hooks = {path.name for path in (clone.coord / "hooks").iterdir()}
    assert {"pre-commit", "prepare-commit-msg", "post-commit", "post-merge", "post-rewrite"} <= hooks
    act(clone)
    assert wire.used() == []
    clone.run("git-coord", "check", "free")
    assert "upload-pack" in wire.used(), "a look was due"
