"""What a push may bring although it touches a claim: what is not new, what was right when it was made, a holder's."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from .conftest import Ran, World

LINES = [f"line {number}" for number in range(40)]


def push(world: World, me: str, what: str = "main") -> Ran:
    """Push to the remote as a session."""
    return world.tried("push", "-q", "origin", what, me=me)


def release(world: World, session: str, claim: str, *paths: str) -> None:
    """Give a claim back."""
    world.record(
        session,
        "release",
        claims=[{"id": claim, "scopes": [{"glob" if "*" in path else "directory": path} for path in paths]}],
    )


def change(world: World, path: str, **lines: str) -> None:
    """Stage a change of single lines of a file of `LINES`: `l3="new"`."""
    content = (world.top / path).read_text().splitlines()
    for name, text in lines.items():
        content[int(name[1:])] = text
    (world.top / path).write_text("\n".join(content) + "\n")
    world.git("add", path)


def test_what_the_holder_knew(world: World, alice: str) -> None:
    """To an empty remote goes all of the history: what the holder had when it claimed does not speak against it."""
    path = str(world.top.parent / "empty.git")
    world.git("init", "-q", "--bare", path)
    world.git("remote", "add", "origin", path)
    world.landed("src/a.py")
    bob = world.session("bob")
    world.claim(bob, "src/a.py", head=world.head)
    world.claim(bob, "src/b.py", head="1" * 40)
    refused = push(world, alice)
    assert refused.refused
    assert "src/b.py" in refused.err, "of a commit that nobody has here nothing is known"
    world.record(bob, "end")
    bob = world.session("bob")
    world.claim(bob, "src/a.py", head=world.head)
    late = world.landed("src/a.py")
    refused = push(world, alice)
    assert f"commit {late[:10]}: src/a.py" in refused.err
    assert push(world, alice, "HEAD~1:refs/heads/main").status == 0


def test_made_under_a_claim_that_was_valid_then(world: World, hub: str, alice: str) -> None:
    """Claimed, committed, released: the next claimant's claim stops it in nobody's hands, whoever pushes it."""
    claim = world.claim(alice, "lib", "docs/*.md")
    assert world.commit("lib/c.py", "docs/x.md", me=alice).status == 0
    release(world, alice, claim, "lib", "docs/*.md")
    carol = world.session("carol")
    world.claim(carol, "lib/c.py", "docs")
    assert push(world, world.session("dave"), "main:refs/heads/daves").status == 0
    assert push(world, alice).status == 0


def test_not_what_was_outside_of_that_claim(world: World, hub: str, alice: str) -> None:
    """A path that the claim did not cover is refused, and so is a later commit that went past the guard."""
    claim = world.claim(alice, "lib")
    assert world.commit("lib/c.py", "src/b.py", me=alice).status == 0
    release(world, alice, claim, "lib")
    carol = world.session("carol")
    world.claim(carol, "lib")
    world.quietly("push", "-q", "origin", "main")
    world.stage("lib/c.py")
    world.git("-c", "coord.guard=off", "commit", "-q", "-m", "x", me=alice)
    assert "lib/c.py" in push(world, alice).err
    world.quietly("reset", "-q", "--hard", "origin/main")
    claim = world.claim(alice, "src/a.py")
    assert world.commit("src/a.py", "src/b.py", me=alice).status == 0
    release(world, alice, claim, "src/a.py")
    world.claim(carol, "src/b.py")
    assert "src/b.py" in push(world, alice).err


@pytest.mark.parametrize("note", ["unknown", "refused"])
def test_not_under_a_claim_that_never_was(world: World, hub: str, alice: str, bob: str, note: str) -> None:
    """A note that names a claim which the ledger never accepted permits nothing."""
    claim = "a" * 32
    if note == "refused":
        from gitcoord.ledger.event import Draft

        draft = Draft("claim", "claim it", {"scopes": [{"file": "src/a.py"}]})
        claim = world.ledger.transact(SessionId(alice), lambda _: [draft]).outcomes[0].event.id
    made = world.landed("src/a.py")
    world.git("notes", "--ref=coord", "add", "-m", f"Coord-Session: {alice}\nCoord-Claim: {claim}", made)
    assert push(world, alice).refused


@pytest.mark.parametrize("how", ["take", "retire"])
def test_made_before_a_takeover_and_after(world: World, hub: str, alice: str, how: str) -> None:
    """What was made before the claim was taken over may be pushed; what was made afterwards may not."""
    mine = world.claim(alice, "lib/c.py")
    bob = world.session("bob")
    if how == "take":
        takes = [{"id": mine, "session": alice, "evidence": "override"}]
        world.record(bob, "take", scopes=[{"directory": "lib"}], takes=takes)
    else:
        world.record(bob, "retire", sessions=[{"id": alice, "evidence": "process"}])
        world.claim(bob, "lib")
    for ago, passes in ((100, True), (-100, False)):
        world.stage("lib/c.py")
        when = f"{int(time.time()) - ago} +0000"
        world.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "x", GIT_AUTHOR_DATE=when)
        world.git("notes", "--ref=coord", "add", "-m", f"Coord-Session: {alice}\nCoord-Claim: {mine}", "HEAD")
        assert (push(world, alice).status == 0) is passes


def test_a_rebase_keeps_what_was_right(world: World, hub: str, alice: str) -> None:
    """Rebased on what the next holder has pushed meanwhile, work under an earlier claim still passes."""
    world.git("config", "notes.rewriteRef", "refs/notes/coord")
    claim = world.claim(alice, "lib/c.py")
    world.git("checkout", "-q", "-b", "alices")
    assert world.commit("lib/c.py", me=alice).status == 0
    release(world, alice, claim, "lib/c.py")
    bob = world.session("bob")
    world.claim(bob, "lib/c.py")
    world.quietly("checkout", "-q", "main")
    world.landed("readme.md")
    world.quietly("push", "-q", "origin", "main")
    world.git("rebase", "-q", "main", "alices", me=alice)
    assert push(world, alice, "alices").status == 0


def squashed(world: World, bob: str) -> None:
    """The holder's two commits on `topic` become one on `main`, which has gone on in the same file."""
    (world.top / "src/a.py").write_text("\n".join(LINES) + "\n")
    world.git("add", ".")
    world.quietly("commit", "-q", "-m", "lines")
    world.quietly("push", "-q", "origin", "main")
    world.quietly("checkout", "-q", "-b", "topic")
    for line in ("l2", "l6"):
        change(world, "src/a.py", **{line: "bob's"})
        assert world.tried("commit", "-q", "-m", line, me=bob).status == 0
    world.quietly("checkout", "-q", "main")
    change(world, "src/a.py", l30="earlier")
    world.quietly("commit", "-q", "-m", "earlier")
    world.quietly("push", "-q", "origin", "main")
    world.quietly("merge", "-q", "--squash", "topic")


def test_a_squash_of_the_holders_commits(world: World, hub: str, alice: str, bob: str) -> None:
    """An integrator may push the holder's commits as one, also where the file has gone on."""
    squashed(world, bob)
    world.quietly("commit", "-q", "-m", "all of it")
    assert world.note() == ""
    assert push(world, alice).status == 0


def test_a_squash_and_something_else(world: World, hub: str, alice: str, bob: str) -> None:
    """One more change of the claimed path in the same commit is the integrator's own, and refused."""
    squashed(world, bob)
    change(world, "src/a.py", l12="and mine")
    world.quietly("commit", "-q", "-m", "all of it")
    assert push(world, alice).refused


def test_a_part_of_the_holders_branch(world: World, hub: str, alice: str, bob: str) -> None:
    """The path as the holder's branch has it passes, whatever else the commit has."""
    world.quietly("checkout", "-q", "-b", "topic")
    for _ in range(2):
        assert world.commit("src/a.py", me=bob).status == 0
    world.quietly("checkout", "-q", "main")
    world.quietly("checkout", "-q", "topic", "--", "src/a.py")
    world.landed("lib/c.py")
    assert push(world, alice).status == 0


def test_an_old_state_of_the_holders(world: World, hub: str, alice: str, bob: str) -> None:
    """Bringing back what the holder had once is a change of its own: it is refused."""
    for _ in range(2):
        assert world.commit("src/a.py", me=bob).status == 0
    world.quietly("push", "-q", "origin", "main")
    world.quietly("revert", "--no-edit", "HEAD")
    assert push(world, alice).refused


def test_where_the_history_was_cut_off(world: World, hub: str, alice: str, bob: str) -> None:
    """In a shallow clone the eldest commit is not one that adds every file."""
    (world.top / ".git/shallow").write_text(world.head + "\n")
    world.landed("lib/c.py")
    world.git("update-ref", "-d", "refs/remotes/origin/main")
    assert world.git("rev-list", "--count", "HEAD") == "2"
    assert push(world, alice, "HEAD:refs/heads/new").status == 0
    world.landed("src/a.py")
    assert push(world, alice, "HEAD:refs/heads/newer").refused
