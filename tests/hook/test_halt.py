"""A halt as hooks obey it: which commits and pushes it refuses, and what they say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gitcoord.hook.refusal import MOST

from .test_light import HEAVY, loaded

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import World


def damaged(world: World, content: str) -> None:
    """Put a halt.json into the ledger that no operation writes."""
    tip = world.git("rev-parse", "refs/coord/ledger")
    world.write("halt.json", content)
    blob = world.git("hash-object", "-w", "halt.json")
    (world.top / "tree").write_text(world.git("ls-tree", tip) + f"\n100644 blob {blob}\thalt.json\n")
    tree = world.run("sh", "-c", "git mktree <tree").out.strip()
    world.git("update-ref", "refs/coord/ledger", world.git("commit-tree", "-m", "halt", "-p", tip, tree))


def test_a_halt_refuses_every_commit(world: World, alice: str, bob: str) -> None:
    """No commit of anybody passes, with --no-verify neither; it says who halted, why, and what to do now."""
    world.record(bob, "halt", "the build \u001b is broken", type="data_corruption", require="keep your hands off")
    refused = world.commit("lib/c.py", me=alice)
    assert refused.refused
    assert "commit refused: bob halted all work at " in refused.err
    assert "(data_corruption): the build \\x1b is broken" in refused.err
    assert "required: keep your hands off" in refused.err
    assert "git coord resume" in refused.err
    assert world.tried("commit", "-q", "--no-verify", "-m", "x", me=alice).refused
    assert world.tried("commit", "-q", "-m", "x", me=bob).refused
    assert world.tried("commit", "-q", "-m", "x").refused
    halts = json.loads(world.git("show", "refs/coord/ledger:halt.json"))["halts"]
    world.record(alice, "resume", halts=[halts[0]["id"]], person=True)
    assert world.tried("commit", "-q", "-m", "x", me=alice).status == 0


def test_a_refusal_is_short(world: World, alice: str) -> None:
    """However much was said, an agent reads at most 400 characters."""
    world.record(alice, "halt", "r" * 900, require="q" * 900, type="resource_exhaustion")
    assert len(world.commit("lib/c.py", me=alice).err) <= MOST


def test_a_halt_of_sessions(world: World, alice: str, bob: str) -> None:
    """A halt of some sessions refuses theirs and their children's commits, and nobody else's."""
    child = world.session("child", parent=bob)
    world.record(alice, "halt", "stop", sessions=[bob])
    assert world.commit("lib/c.py", me=child).refused
    assert world.tried("commit", "-q", "-m", "x", me=bob).refused
    assert world.tried("commit", "-q", "-m", "x", me=alice).status == 0
    assert world.commit("lib/d.py").status == 0, "a person who never started a session is none of them"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scope", "path", "stopped"),
    [
        ({"directory": "lib"}, "lib/c.py", True),
        ({"directory": "LIB"}, "lib/c.py", True),
        ({"directory": "lib"}, "library.py", False),
        ({"file": "lib/c.py"}, "lib/c.py", True),
        ({"file": "lib/c.py"}, "lib/d.py", False),
        ({"glob": "**/*.sql"}, "lib/x.SQL", True),
        ({"glob": "**/*.sql"}, "lib/x.py", False),
        ({"directory": "."}, "new", True),
        ({"name": "slot:lib"}, "lib/c.py", False),
    ],
)
def test_a_halt_of_paths(world: World, alice: str, scope: dict[str, str], path: str, stopped: bool) -> None:
    """A halt of some paths refuses commits that touch one of them, whoever makes them, and lets all others pass."""
    world.record(alice, "halt", "stop", scopes=[scope])
    assert world.commit(path, me=alice).refused == stopped


def test_a_halt_that_is_over(world: World, alice: str) -> None:
    """A halt whose time has run out refuses nothing."""
    world.clock.ago = 100
    world.record(alice, "halt", "stop", until=world.clock.now() + 50)
    world.clock.ago = 0
    assert world.commit("lib/c.py", me=alice).status == 0


@pytest.mark.parametrize(
    "content", ["{}", '{"halts":[]}', '{"halts":{}}', '{"halts":[1]}', "[]", '{"halts":[{"scopes":[1]}]}']
)
def test_a_damaged_halt_refuses(world: World, alice: str, content: str) -> None:
    """Where it cannot be told what is halted, nothing passes, and `doctor` is named."""
    damaged(world, content + "\n")
    refused = world.commit("lib/c.py", me=alice)
    assert refused.refused
    assert "git coord doctor" in refused.err


def test_a_limited_halt_stays_light(world: World, alice: str, bob: str) -> None:
    """A guard that meets a halt of others imports nothing heavy."""
    world.record(bob, "halt", "stop", scopes=[{"glob": "docs/**"}], sessions=[bob])
    world.stage("lib/c.py")
    modules = loaded(world, "pre-commit", me=alice)
    assert modules.isdisjoint(HEAVY), modules.intersection(HEAVY)
    assert "gitcoord.guard.halts" in modules


def remote(world: World, tmp_path: Path) -> None:
    """Give the repository a remote to push to."""
    world.git("init", "-q", "--bare", str(tmp_path / "there.git"))
    world.git("remote", "add", "there", str(tmp_path / "there.git"))
    world.quietly("push", "-q", "there", "HEAD:refs/heads/old")


def test_a_halt_refuses_pushes(world: World, alice: str, bob: str, tmp_path: Path) -> None:
    """During a halt nothing is pushed, deletions neither; refs of ours are. The owner's way out is recorded."""
    remote(world, tmp_path)
    world.landed("lib/c.py")
    world.record(bob, "halt", "stop")
    refused = world.tried("push", "there", "HEAD", me=alice)
    assert refused.refused
    assert "push refused: bob halted all work" in refused.err
    assert world.tried("push", "there", ":refs/heads/old", me=alice).refused
    assert world.tried("push", "-q", "there", "refs/coord/ledger", me=alice).status == 0
    assert world.tried("-c", "coord.guard=off", "push", "-q", "there", "HEAD", me=alice).status == 0
    assert [record["commit"] for record in world.spool] == [world.head]


def test_a_limited_halt_and_pushes(world: World, alice: str, bob: str, tmp_path: Path) -> None:
    """A halt of paths refuses pushes of new commits that touch them, one of sessions the pushes of these."""
    remote(world, tmp_path)
    world.record(bob, "halt", "stop", scopes=[{"directory": "lib"}], sessions=[bob])
    world.landed("docs/x.md")
    assert world.tried("push", "-q", "there", "HEAD", me=bob).refused
    assert world.tried("push", "-q", "there", "HEAD", me=alice).status == 0
    world.landed("lib/c.py")
    assert world.tried("push", "-q", "there", "HEAD", me=alice).refused
