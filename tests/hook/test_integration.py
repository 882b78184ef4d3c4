"""Who picks or squashes the holder's own work may commit it: the guard before a commit says what a push would say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Ran, World

LINES = [f"line {number}" for number in range(40)]


@pytest.fixture
def topic(world: World, bob: str) -> str:
    """Two commits of the holder's to the file that it claims, on `topic`; `main` has gone on in the same file."""
    (world.top / "src/a.py").write_text("\n".join(LINES) + "\n")
    world.git("add", ".")
    world.quietly("commit", "-q", "-m", "lines")
    world.git("tag", "start")
    world.quietly("checkout", "-q", "-b", "topic")
    for line in (2, 6):
        change(world, line, "bob's")
        assert world.tried("commit", "-q", "-m", f"line {line}", me=bob).status == 0
    world.quietly("checkout", "-q", "main")
    change(world, 30, "earlier")
    world.quietly("commit", "-q", "-m", "earlier")
    world.git("init", "-q", "--bare", str(world.top.parent / "hub.git"))
    world.git("remote", "add", "origin", str(world.top.parent / "hub.git"))
    world.quietly("push", "-q", "origin", "main")
    return "topic"


def change(world: World, line: int, text: str) -> None:
    """Stage a change of one line of the claimed file."""
    content = (world.top / "src/a.py").read_text().splitlines()
    content[line] = text
    (world.top / "src/a.py").write_text("\n".join(content) + "\n")
    world.git("add", "src/a.py")


def passes(world: World, ran: Ran, me: str) -> bool:
    """Whether the commit was made; it has to be pushed then, and otherwise to be refused at the push too."""
    refused = ran.status != 0
    if refused:
        assert "src/a.py is claimed by bob" in ran.err
        world.quietly("commit", "-q", "-m", "past the hooks")
    assert world.tried("push", "-q", "origin", "main", me=me).refused is refused
    return not refused


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("-x",)])
def test_a_pick(world: World, alice: str, topic: str, options: tuple[str, ...]) -> None:
    """A commit of the holder's, picked as it is, by whoever."""
    assert passes(world, world.tried("cherry-pick", *options, f"{topic}~1", me=alice), alice)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["restore", "pick without commit"])
@pytest.mark.parametrize("theirs", ["whole", "and something else"])
def test_what_leaves_no_trace(world: World, alice: str, topic: str, how: str, theirs: str) -> None:
    """A file as a commit of the holder's has it, and a change of the holder's, count whatever command staged them."""
    if how == "restore":
        world.quietly("reset", "-q", "--hard", "start")
        world.git("restore", "--source", f"{topic}~1", "--staged", "--worktree", "src/a.py")
        world.git("push", "-q", "-f", "origin", "start:main")
    else:
        world.quietly("cherry-pick", "-n", f"{topic}~1")
    if theirs != "whole":
        change(world, 20, "alice's own")
    assert passes(world, world.tried("commit", "-q", "-m", "taken", me=alice), alice) is (theirs == "whole")


def test_before_a_first_commit(world: World, alice: str, topic: str) -> None:
    """On a branch without a commit nothing was taken over that could be told: the claim is named, as ever."""
    world.quietly("checkout", "-q", "--orphan", "new", topic)
    refused = world.tried("commit", "-q", "-m", "all", me=alice)
    assert refused.status == 1
    assert "src/a.py is claimed by bob" in refused.err


def test_a_pick_of_several(world: World, alice: str, topic: str) -> None:
    """A whole range of the holder's commits."""
    assert passes(world, world.tried("cherry-pick", f"start..{topic}", me=alice), alice)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["pick", "squash"])
def test_where_the_lines_around_have_changed(world: World, alice: str, topic: str, how: str) -> None:
    """What git merges by itself is the holder's work, although the patch is another; one more change is not."""
    change(world, 4, "main's")
    world.quietly("commit", "-q", "-m", "next to both")
    world.quietly("push", "-q", "origin", "main")
    if how == "pick":
        assert passes(world, world.tried("cherry-pick", topic, me=alice), alice)
    else:
        world.quietly("merge", "-q", "--squash", topic)
        assert passes(world, world.tried("commit", "-q", "--no-edit", me=alice), alice)
    world.quietly("reset", "-q", "--hard", "HEAD^")
    world.quietly("push", "-q", "-f", "origin", "main")
    world.quietly("merge", "-q", "--squash", topic)
    change(world, 12, "and mine")
    assert not passes(world, world.tried("commit", "-q", "--no-edit", me=alice), alice)


@pytest.mark.slow
@pytest.mark.parametrize("again", ["pick", "squash"])
@pytest.mark.parametrize("first", ["pick", "squash"])
def test_what_an_integrator_took_over_is_taken_over_again(world: World, alice: str, first: str, again: str) -> None:
    """A pick or a squash of a pick or a squash of the holder's commits: from a release branch to the next."""
    carol = world.session("carol")
    bob = world.session("bob")
    world.claim(bob, "src/a.py")
    world.quietly("checkout", "-q", "-b", "topic")
    assert world.commit("src/a.py", me=bob).status == 0
    for source, branch, how, me in (("topic", "release", first, carol), ("release", "next", again, alice)):
        world.quietly("checkout", "-q", "-b", branch, "main")
        world.landed(f"{branch}.md")
        if how == "pick":
            assert world.tried("cherry-pick", source, me=me).status == 0
        else:
            world.quietly("merge", "-q", "--squash", source)
            world.quietly("reset", "-q", "HEAD", "--", "*.md")
            assert world.tried("commit", "-q", "--no-edit", me=me).status == 0


@pytest.mark.parametrize(("options", "passing"), [((), False), (("-x",), True)])
def test_a_pick_with_a_conflict(
    world: World, alice: str, topic: str, options: tuple[str, ...], *, passing: bool
) -> None:
    """What the picker made of a conflict is the picker's work, unless the message says where it comes from."""
    change(world, 2, "main's")
    world.quietly("commit", "-q", "-m", "in the way")
    world.quietly("push", "-q", "origin", "main")
    assert world.tried("cherry-pick", *options, f"{topic}~1", me=alice).status != 0
    change(world, 2, "both")
    assert passes(world, world.tried("cherry-pick", "--continue", me=alice), alice) is passing


@pytest.mark.slow
@pytest.mark.parametrize("more", [False, True])
def test_a_squash(world: World, alice: str, topic: str, *, more: bool) -> None:
    """All of the holder's commits in one; one more change of the file is the integrator's own."""
    world.quietly("merge", "-q", "--squash", topic)
    if more:
        change(world, 12, "and mine")
    assert passes(world, world.tried("commit", "-q", "--no-edit", me=alice), alice) is not more


def test_a_squash_by_nobody(world: World, topic: str) -> None:
    """A commit that no session makes passes in the same way."""
    world.quietly("merge", "-q", "--squash", topic)
    assert passes(world, world.tried("commit", "-q", "-m", "all of it"), "")


@pytest.mark.slow
def test_a_squash_of_somebody_elses(world: World, alice: str, topic: str) -> None:
    """What a stranger did to the claimed file on a branch is not the holder's work, squashed or picked."""
    world.quietly("checkout", "-q", "-b", "strange", "start")
    change(world, 20, "strange")
    world.quietly("commit", "-q", "-m", "strange")
    world.git("notes", "--ref=coord", "add", "-m", f"Coord-Session: {alice}", "HEAD")
    world.quietly("checkout", "-q", "main")
    assert not passes(world, world.tried("cherry-pick", "strange", me=alice), alice)
    world.quietly("reset", "-q", "--hard", "origin/main")
    world.quietly("merge", "-q", "--squash", "strange")
    assert not passes(world, world.tried("commit", "-q", "--no-edit", me=alice), alice)


def test_what_the_holder_had_once(world: World, alice: str, bob: str, topic: str) -> None:
    """To bring back an old state of the holder's by a pick that was left unfinished is a change of one's own."""
    world.quietly("merge", "-q", "--no-edit", topic)
    world.quietly("push", "-q", "origin", "main")
    world.git("cherry-pick", "-n", topic, me=alice)
    world.git("update-ref", "CHERRY_PICK_HEAD", f"{topic}~1")
    world.git("checkout", f"{topic}~1", "--", "src/a.py")
    assert not passes(world, world.tried("commit", "-q", "-m", "back", me=alice), alice)


def test_a_mark_of_an_earlier_pick_says_nothing(world: World, alice: str, topic: str) -> None:
    """SQUASH_MSG that was left behind lets nothing pass that is not in it."""
    world.quietly("merge", "-q", "--squash", topic)
    world.quietly("checkout", "-q", "HEAD", "--", ".")
    change(world, 2, "mine")
    assert not passes(world, world.tried("commit", "-q", "-m", "mine", me=alice), alice)
