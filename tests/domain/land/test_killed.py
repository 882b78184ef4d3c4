"""A landing that is killed, or cut off from the hub, half way: everything as before, or landed."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from support.torture import every

if TYPE_CHECKING:
    from pathlib import Path

    from domain.land.conftest import Clone

STEPS = 75
"""Programs that a landing starts, and a few more."""

KILLER = """#!/bin/sh
number=$(($(cat {count}) + 1))
echo $number > {count}
[ $number = "$(cat {at})" ] || exec {git} "$@"
{before}
kill -9 $PPID
"""


def kill_at(clone: Clone, step: int, *, done: bool) -> Path:
    """Put a git on the path that kills its caller at a step, before or after it did its work; returns its counter."""
    place = clone.hub.parent / f"bin-{step}-{done}"
    place.mkdir()
    git = subprocess.run(["sh", "-c", "command -v git"], env=clone.repo.env, capture_output=True, text=True, check=True)
    count, at = place / "count", place / "at"
    count.write_text("0\n")
    at.write_text(f"{step}\n")
    real = git.stdout.strip()
    before = f'{real} "$@"' if done else ""
    (place / "git").write_text(KILLER.format(count=count, at=at, git=real, before=before))
    (place / "git").chmod(0o755)
    clone.repo.env["PATH"] = f"{place}:{clone.repo.env['PATH']}"
    return count


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", every(30, range(9, STEPS)))
def test_killed_at_a_step(ana: Clone, step: int, done: bool) -> None:
    """Whenever it dies, branch, worktree and hub are as before or it has landed, and the next landing finds a way."""
    old = ana.main()
    tip = ana.branch("feature", ("one.py", "1\n"))
    ana.repo.write("src/a.py", "not committed\n")
    before, path = ana.everything(), ana.repo.env["PATH"]
    kill_at(ana, step, done=done)
    command = ("land", "--squash", "--test", "test -f one.py", "-q")
    ran = ana.repo.process(*command, session=ana.session)
    ana.repo.env["PATH"] = path
    assert ran.status in (0, -9, 137)
    after = ana.main()
    assert after == old or ana.repo.run("git", "-C", str(ana.hub), "show", f"{after}:one.py").out == "1\n"
    line = ana.land("--status").json["line"]
    assert line == []
    assert ana.everything() == before
    assert ana.land("--squash").json["result"] == ("landed" if after == old else "already")
    assert ana.repo.git("rev-parse", "feature") == tip
    assert ana.repo.git("rev-list", "--count", f"{old}..{ana.main()}") == "1"


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
