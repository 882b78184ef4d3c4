"""What a role does not allow, as hooks refuse it: commits, pushes, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.hook.refusal import MOST

from .test_light import HEAVY, loaded

if TYPE_CHECKING:
    from .conftest import World

COMMITS = (
    ("implementer", "src/a.py", False),
    ("reviewer", "src/a.py", True),
    ("reviewer", "tests/test_a.py", True),
    ("tester", "src/a.py", True),
    ("tester", "tests/test_a.py", False),
    ("tester", "Tests/test_a.py", False),
    ("integrator", "src/a.py", False),
    ("observer", "readme.md", True),
    ("lead", "src/a.py", False),
    ("", "src/a.py", False),
)


@pytest.mark.parametrize(("role", "path", "refused"), COMMITS)
def test_commits(world: World, role: str, path: str, refused: bool) -> None:
    """A commit of a path that the role does not allow is refused, although nobody claims it; with --no-verify, too."""
    me = world.session("mia", role=role)
    ran = world.commit(path, me=me)
    assert ran.refused == refused
    if refused:
        assert f"{path}: role {role} may commit " in ran.err
        assert world.tried("commit", "-q", "--no-verify", "-m", "x", me=me).refused
        assert world.tried("-c", "coord.guard=off", "commit", "-q", "-m", "x", me=me).status == 0


def test_who_may_instead(world: World) -> None:
    """It names a living session whose role allows it; where there is none, the roles that do."""
    me = world.session("mia", role="reviewer")
    said = world.commit("src/a.py", me=me).err
    assert "hint: roles that may: implementer, refactorer, security, integrator; see: git coord rules role" in said
    ann = world.session("ann", role="implementer")
    world.session("tom", role="tester")
    said = world.tried("commit", "-q", "-m", "x", me=me).err
    assert "hint: ann (implementer) may" in said
    assert f"git coord send {ann} SUBJECT" in said


def test_nobody_else_is_limited(world: World) -> None:
    """A session without a role, and a person, commit what they could before; a child has its parent's limits."""
    reviewer = world.session("rob", role="reviewer")
    assert world.commit("src/a.py").status == 0
    assert world.commit("src/a.py", me=world.session("eve")).status == 0
    assert world.commit("src/a.py", me=world.session("kid", parent=reviewer)).refused


def test_a_path_that_attributes_take_out_of_sight(world: World) -> None:
    """`coord=shared` is for everybody, whatever the role."""
    world.write(".gitattributes", "changes.md coord=shared\n")
    world.git("add", ".gitattributes")
    world.landed("changes.md")
    me = world.session("rob", role="reviewer")
    assert world.commit("changes.md", me=me).status == 0


def test_a_changed_role(world: World) -> None:
    """The rule `role` is what counts."""
    me = world.session("mia", role="reviewer")
    rights: dict[str, Any] = {"commit": ["reviews/**"]}
    world.record(world.session("boss"), "rules", key="role", value={"name": "reviewer", "rights": rights})
    assert world.commit("reviews/a.md", me=me).status == 0
    assert "role reviewer may commit only reviews/**" in world.commit("src/a.py", me=me).err


def test_pushes(world: World, hub: str) -> None:
    """The role of the session that made a commit counts, whoever pushes it."""
    tom, ann = world.session("tom", role="tester"), world.session("ann", role="implementer")
    rob = world.session("rob", role="reviewer")
    assert world.commit("src/a.py", me=ann).status == 0
    assert world.tried("push", "-q", "origin", "main:side", me=rob).status == 0, "what the implementer made is allowed"
    said = world.tried("push", "-q", "origin", "main", me=rob)
    assert said.refused
    assert "role reviewer may land nothing, and main is a branch to land in" in said.err
    assert f"git coord ask {tom} " in said.err or f"git coord ask {ann} " in said.err
    world.stage("src/b.py")
    world.git("-c", "coord.guard=off", "commit", "-q", "-m", "past the guard", me=tom)
    said = world.tried("push", "-q", "origin", "main", me=ann)
    assert said.refused
    assert f"commit {world.head[:10]}: src/b.py: role tester may commit " in said.err
    world.landed("src/b.py")
    assert world.tried("push", "-q", "origin", "main:other", me=rob).refused, "what nobody made is the pusher's"


def test_a_refusal_is_short(world: World) -> None:
    """However long names are, an agent reads at most 400 characters."""
    role = "r" * 300
    rights: dict[str, Any] = {"commit": ["g" * 300 + "/*", "h" * 300 + "/*"]}
    world.record(world.session("boss"), "rules", key="role", value={"name": role, "rights": rights})
    me = world.session("mia", role=role)
    world.session("i" * 40, role="implementer")
    assert len(world.commit("lib/" + "c" * 200, me=me).err) <= MOST


def test_light(world: World) -> None:
    """A guard that lets a session with a role pass imports nothing heavy."""
    me = world.session("mia", role="tester")
    world.stage("tests/a.py")
    modules = loaded(world, "pre-commit", me=me)
    assert modules.isdisjoint(HEAVY), modules.intersection(HEAVY)
    assert "gitcoord.policy.roles" in modules
    assert "gitcoord.hook.unallowed" not in modules
