"""Going past the guard: `coord.guard`, the record of it, and the note."""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import World


@pytest.mark.parametrize("mode", ["warn", "off"])
@pytest.mark.parametrize("me", ["alice", ""])
def test_a_commit_goes_past(world: World, alice: str, bob: str, mode: str, me: str) -> None:
    """With `coord.guard` = warn or off the commit passes; spool and note say so, and who is to be told."""
    me = me and alice
    world.stage("src/a.py", "src/b.py")
    ran = world.tried("-c", f"coord.guard={mode}", "commit", "-q", "-m", "be\u00e7ause", me=me)
    assert ran.status == 0
    if mode == "warn":
        assert ran.err.startswith("warning: src/a.py is claimed by bob")
        assert ran.err.count("\n") == 1, "said once, though two guards ran"
    else:
        assert ran.err == ""
    (record,) = world.spool
    assert record == {
        "what": "bypass",
        "commit": world.head,
        "session": me,
        "who": f"{getpass.getuser()}@{os.uname().nodename}",
        "holders": [{"session": bob, "paths": ["src/a.py"]}],
        "subject": "be\u00e7ause",
    }
    assert world.trailers("Coord-Guard") == ["bypassed"]
    assert world.trailers("Coord-Session") == ([alice] if me else [])
    assert not (world.coord / "pending-bypass").exists()


def test_it_counts_once(world: World, alice: str, bob: str) -> None:
    """The next commit is judged again, and recorded as what it is."""
    world.stage("src/a.py")
    world.git("-c", "coord.guard=off", "commit", "-q", "-m", "x", me=alice)
    assert world.commit("lib/c.py", me=alice).status == 0
    assert world.trailers("Coord-Guard") == []
    assert len(world.spool) == 1
    assert world.commit("src/a.py", me=alice).refused


def test_with_no_verify(world: World, alice: str, bob: str) -> None:
    """`commit --no-verify` past the guard is recorded too."""
    world.stage("src/a.py")
    world.git("-c", "coord.guard=off", "commit", "-q", "-n", "-m", "x", me=alice)
    assert world.trailers("Coord-Guard") == ["bypassed"]


def test_an_abandoned_commit_is_forgotten(world: World, alice: str, bob: str) -> None:
    """A commit that went past the guard and was then given up leaves no mark on the next one."""
    world.stage("src/a.py")
    empty = world.tried("-c", "coord.guard=off", "commit", "-q", "-m", "", me=alice)
    assert empty.status != 0
    assert (world.coord / "pending-bypass").exists()
    world.quietly("reset", "-q", "--hard")
    assert world.commit("lib/c.py", me=alice).status == 0
    assert world.trailers("Coord-Guard") == []
    assert world.spool == []


def test_worktrees_do_not_mix(world: World, alice: str, bob: str) -> None:
    """What is pending in one worktree is not taken for another's."""
    tree = world.linked("other")
    world.stage("src/a.py")
    world.tried("-c", "coord.guard=off", "commit", "-q", "-m", "", me=alice)
    assert tree.commit("lib/c.py", me=alice).status == 0
    assert tree.trailers("Coord-Guard") == []
    assert (world.coord / "pending-bypass" / "main").exists()


def test_a_merge_goes_past(world: World, alice: str, bob: str) -> None:
    """A merge past the guard is recorded by the hook behind merges."""
    world.quietly("checkout", "-q", "-b", "topic")
    world.landed("lib/c.py")
    world.quietly("checkout", "-q", "main")
    world.landed("readme.md")
    hook = world.top / ".git" / "hooks" / "pre-merge-commit"
    hook.write_text("#!/bin/sh\necho evil >src/a.py; git add src/a.py\n")
    hook.chmod(0o755)
    assert world.tried("merge", "-q", "--no-edit", "topic", me=alice).refused
    world.quietly("merge", "--abort")
    world.git("-c", "coord.guard=off", "merge", "-q", "--no-edit", "topic", me=alice)
    assert world.trailers("Coord-Guard") == ["bypassed"]
    (record,) = world.spool
    assert record["commit"] == world.head
    assert record["holders"] == [{"session": bob, "paths": ["src/a.py"]}]


@pytest.mark.parametrize("value", ["refuse", "on", "", "OFFF"])
def test_other_values_refuse(world: World, alice: str, bob: str, value: str) -> None:
    """A value that nobody foresaw does not open the guard."""
    world.stage("src/a.py")
    assert world.tried("-c", f"coord.guard={value}", "commit", "-q", "-m", "x", me=alice).refused


def test_in_the_configuration(world: World, alice: str, bob: str) -> None:
    """The setting counts from the repository's configuration as well, each commit recorded."""
    world.git("config", "coord.guard", "Warn")
    for count in (1, 2):
        assert world.commit("src/a.py", me=alice).status == 0
        assert len(world.spool) == count


def test_a_halt_can_be_passed(world: World, alice: str) -> None:
    """The owner's way out leads through a halt too."""
    world.record(alice, "halt", "x")
    assert world.commit("lib/c.py", me=alice).refused
    world.git("-c", "coord.guard=off", "commit", "-q", "-m", "x", me=alice)
    (record,) = world.spool
    assert record["holders"] == []


def test_it_passes_where_nothing_can_be_written(world: World, alice: str, bob: str) -> None:
    """Where the record cannot be made the commit passes all the same, and that is said."""
    world.stage("src/a.py")
    (world.coord / "pending-bypass").write_text("in the way")
    ran = world.tried("-c", "coord.guard=off", "commit", "-q", "-m", "x", me=alice)
    assert ran.status == 0
    assert "could not be recorded" in ran.err
