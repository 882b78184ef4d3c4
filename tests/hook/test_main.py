"""The door for all hooks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from gitcoord.hook import main

from .conftest import PROGRAM

if TYPE_CHECKING:
    from .conftest import World


def test_an_unknown_hook(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A hook that is none of ours, and a call without arguments, are usage errors."""
    assert main.run("post-checkout", str(world.top / ".git"), [], world.env, bytes) == 2
    assert main.main(["pre-commit"]) == 2
    assert "usage" in capsys.readouterr().err


def test_from_below_the_top(world: World, alice: str, bob: str) -> None:
    """Called by hand, as `git coord hook` may be, it judges the same from any directory of the worktree."""
    world.stage("src/a.py")
    argv = [sys.executable, "-I", "-S", str(PROGRAM), "pre-commit", str(world.top / ".git")]
    for directory in (".", "src"):
        ran = world.run("sh", "-c", f'cd {directory} && exec "$@"', "sh", *argv, check=False, me=alice)
        assert ran.refused
        assert "src/a.py is claimed by bob" in ran.err


@pytest.mark.parametrize("name", ["pre-commit", "pre-push"])
def test_a_bug_refuses(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What nobody foresaw refuses, in one line; the owner's way out is open all the same."""
    monkeypatch.chdir(world.top)

    def broken(*_: object) -> int:
        raise RuntimeError("odd\x1b")

    monkeypatch.setattr("gitcoord.hook.commit.guard", broken)
    monkeypatch.setattr("gitcoord.hook.push.guard", broken)
    common = str(world.top / ".git")
    assert main.run(name, common, [], world.env, bytes) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert "RuntimeError: odd\\x1b" in said
    world.git("config", "coord.guard", "off")
    assert main.run(name, common, [], world.env, bytes) == 0
    assert capsys.readouterr().err.startswith("warning: ")
