"""What decides over a commit is what this clone's hooks recorded of it, whatever becomes of the notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.guard import record
from gitcoord.policy.ids import Oid

if TYPE_CHECKING:
    from .conftest import Ran, World

NOTES = "refs/notes/coord"


@pytest.fixture
def origin(world: World) -> str:
    """A remote `origin` that has `main`."""
    path = str(world.top.parent / "hub.git")
    world.git("init", "-q", "--bare", path)
    world.git("remote", "add", "origin", path)
    world.git("config", "notes.rewriteRef", NOTES)
    world.quietly("push", "-q", "origin", "main")
    return path


def push(world: World, me: str, what: str = "HEAD:refs/heads/pushed") -> Ran:
    """Push HEAD as a session."""
    return world.tried("push", "-q", "origin", what, me=me)


def made_under_a_claim(world: World, session: str) -> str:
    """Claim `lib/c.py`, commit it and release it; returns the commit."""
    claim = world.claim(session, "lib/c.py")
    assert world.commit("lib/c.py", me=session).status == 0
    world.record(session, "release", claims=[{"id": claim, "scopes": [{"directory": "lib/c.py"}]}])
    return world.head


def spoil(world: World, how: str, *commits: str, name: str = "eve") -> None:
    """Take the notes away, put a commit of the user's in their place, or another session's name into them."""
    if how == "deleted":
        world.quietly("update-ref", "-d", NOTES)
    elif how == "foreign":
        world.quietly("update-ref", NOTES, world.git("rev-list", "--max-parents=0", "HEAD"))
    else:
        for commit in commits:
            world.git("notes", "--ref=coord", "add", "-f", "-m", f"Coord-Session: {name}", commit)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["deleted", "foreign", "overwritten"])
def test_a_push_is_judged_as_before(world: World, origin: str, alice: str, how: str) -> None:
    """Made under a claim that was valid then: it passes when someone else claims the path later, with any notes."""
    made = made_under_a_claim(world, alice)
    carol = world.session("carol")
    world.claim(carol, "lib/c.py")
    spoil(world, how, made)
    assert push(world, world.session("dave")).status == 0
    (world.coord / record.OWN).unlink()
    assert push(world, alice, "HEAD:refs/heads/again").status == 0, "a tracking branch has it"
    world.quietly("update-ref", "-d", "refs/remotes/origin/pushed")
    world.quietly("update-ref", "-d", "refs/remotes/origin/again")
    assert push(world, alice, "HEAD:refs/heads/last").refused, "with no record only the notes would speak for it"


def test_a_forged_note_changes_nothing(world: World, origin: str, alice: str, bob: str) -> None:
    """A commit that is on record as another session's is not the holder's because its note says so."""
    world.stage("src/a.py")
    world.git("-c", "coord.guard=off", "commit", "-q", "-m", "x", me=alice)
    spoil(world, "overwritten", world.head, name=bob)
    assert world.trailers("Coord-Session") == [bob]
    assert push(world, alice).refused


def test_a_forged_note_is_not_recorded_by_an_amend(world: World, origin: str, alice: str, bob: str) -> None:
    """An amend carries over what is on record of the old commit, not what its note says."""
    assert world.commit("lib/c.py", me=alice).status == 0
    spoil(world, "overwritten", world.head, name=bob)
    world.stage("src/a.py")
    world.git("-c", "coord.guard=off", "commit", "-q", "--amend", "-m", "x", me=alice)
    assert push(world, alice).refused
    assert bob not in world.note()


def test_a_commit_that_only_the_notes_know(world: World, origin: str, alice: str, bob: str) -> None:
    """What another clone made has a note and is not on record: the note speaks for it, after a rebase too."""
    made = world.landed("src/a.py")
    world.quietly("notes", "--ref=coord", "add", "-m", f"Coord-Session: {bob}", made)
    assert push(world, alice).status == 0
    world.quietly("update-ref", "-d", "refs/remotes/origin/pushed")
    world.quietly("checkout", "-q", "-b", "topic")
    world.quietly("checkout", "-q", "-B", "main", "HEAD~1")
    world.landed("readme.md")
    world.git("rebase", "-q", "main", "topic", me=alice)
    spoil(world, "deleted")
    assert push(world, alice, "topic").status == 0


@pytest.mark.slow
@pytest.mark.parametrize("how", ["deleted", "foreign", "overwritten"])
def test_a_rewritten_commit_keeps_its_maker(world: World, origin: str, alice: str, bob: str, how: str) -> None:
    """Rebased by one session and amended by another, it stays the holder's, whatever becomes of the notes."""
    world.quietly("checkout", "-q", "-b", "topic")
    assert world.commit("src/a.py", me=bob).status == 0
    spoil(world, how, world.head)
    world.quietly("checkout", "-q", "main")
    world.landed("readme.md")
    assert "would be refused" not in world.tried("rebase", "-q", "main", "topic", me=alice).err
    spoil(world, how, world.head)
    assert push(world, alice).status == 0
    world.quietly("update-ref", "-d", "refs/remotes/origin/pushed")
    world.git("commit", "-q", "--amend", "-m", "better", me=bob)
    spoil(world, how, world.head)
    assert push(world, alice, "HEAD:refs/heads/amended").status == 0
    assert record.read(str(world.coord))[Oid(world.head)][0] == f"Coord-Session: {bob}"


def test_a_record_that_cannot_be_written(world: World, alice: str) -> None:
    """A directory in its place is a warning; the commit and its note are made."""
    (world.coord / record.OWN).mkdir()
    ran = world.commit("lib/c.py", me=alice)
    assert (ran.status, ran.err) == (0, "warning: cannot record the maker of a commit in makers: Is a directory\n")
    assert world.trailers("Coord-Session") == [alice]
