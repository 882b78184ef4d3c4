"""A landing that is killed, or cut off from the hub, half way: everything as before, or landed."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from support.torture import every

if TYPE_CHECKING:
    from domain.land.conftest import Clone

STEPS = 50
"""Calls of git by a landing, and a few more."""

LAND = ("git-coord", "land", "--squash", "--test", "test -f one.py", "-q")
"""The program itself: under `git coord` git puts its own programs before those on the path."""

KILLER = """#!/bin/sh
number=1
set -C
until {{ true >{calls}/$number; }} 2>/dev/null; do number=$((number + 1)); done
[ $number = {step} ] || exec {git} "$@"
{before}
kill -9 $PPID
"""
"""Two that are called at once get two numbers."""


class Killer:
    """A git on the path of a clone that counts its calls, and kills its caller at one of them.

    With `done` it does its work before. Without a step it only counts.
    """

    def __init__(self, clone: Clone, step: int = 0, *, done: bool = False) -> None:
        place = clone.hub.parent / "counting"
        self._calls = place / "calls"
        self._calls.mkdir(parents=True)
        env = clone.repo.env
        git = subprocess.run(["sh", "-c", "command -v git"], env=env, capture_output=True, text=True, check=True)
        real = git.stdout.strip()
        before = f'{real} "$@"' if done else ""
        (place / "git").write_text(KILLER.format(calls=self._calls, step=step, git=real, before=before))
        (place / "git").chmod(0o755)
        self.path = f"{place}:{env['PATH']}"

    @property
    def calls(self) -> int:
        """How often git was called."""
        return len(list(self._calls.iterdir()))


def test_steps_are_all_of_a_landing(ana: Clone) -> None:
    """The test below kills at every call of git that a landing makes, and at few that it does not."""
    ana.branch("feature", ("one.py", "1\n"))
    killer = Killer(ana)
    ana.repo.run(*LAND, PATH=killer.path, GIT_COORD_SESSION=ana.session)
    assert "one.py" in ana.there()
    assert STEPS - 10 < killer.calls < STEPS


@pytest.mark.slow
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", every(20, range(1, STEPS)))
def test_killed_at_a_step(ana: Clone, step: int, done: bool) -> None:
    """Whenever it dies, branch, worktree and hub are as before or it has landed, and the next landing finds a way."""
    old = ana.main()
    tip = ana.branch("feature", ("one.py", "1\n"))
    ana.repo.write("src/a.py", "not committed\n")
    before = ana.everything()
    killer = Killer(ana, step, done=done)
    ran = ana.repo.run(*LAND, check=False, PATH=killer.path, GIT_COORD_SESSION=ana.session)
    assert ran.status == (-9 if killer.calls >= step else 0)
    after = ana.main()
    assert after == old or ana.repo.run("git", "-C", str(ana.hub), "show", f"{after}:one.py").out == "1\n"
    line = ana.land("--status").json["line"]
    assert line == []
    assert ana.everything() == before
    assert ana.land("--squash").json["result"] == ("landed" if after == old else "already")
    assert ana.repo.git("rev-parse", "feature") == tip
    assert ana.repo.git("rev-list", "--count", f"{old}..{ana.main()}") == "1"


@pytest.mark.slow
def test_one_of_two_goes_offline_half_way(ana: Clone, ben: Clone) -> None:
    """Two land at once and one loses the hub during its test: it says so, the other lands, and later both have."""
    away = ana.hub.parent / "here.git"
    away.symlink_to(ana.hub)
    ana.repo.git("remote", "set-url", "origin", str(away))
    ana.repo.here("init", "--hub", "origin", check=True)
    ana.branch("feature", ("one.py", "1\n"))
    ben.branch("theirs", ("two.py", "2\n"))
    before = ana.everything()
    cut = ana.land("--test", f"rm {away}")
    assert (cut.status, cut.json["reason"]) == (3, "offline")
    assert ben.land().json["result"] == "landed"
    assert "one.py" not in ana.there()
    away.symlink_to(ana.hub)
    assert ana.everything() == before
    assert ana.land("--test", "test -f two.py").json["result"] == "landed"
    assert {"one.py", "two.py"} <= set(ana.there())
    assert ben.land("--status").json["line"] == []
