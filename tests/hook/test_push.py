"""The guard before a push."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import World


@pytest.fixture
def hub(world: World, alice: str) -> str:
    """A remote by the name of `origin` that has `main`; bob comes to claim after that."""
    path = str(world.top.parent / "hub.git")
    world.git("init", "-q", "--bare", path)
    world.git("remote", "add", "origin", path)
    world.quietly("push", "-q", "origin", "main")
    return path


def test_a_commit_that_touches_a_claim(world: World, hub: str, alice: str, bob: str) -> None:
    """A new commit on another session's path is refused, and named; the holder may push it; the hub stays."""
    commit = world.landed("src/a.py")
    refused = world.tried("push", "-q", "origin", "main", me=alice)
    assert refused.refused
    assert f"commit {commit[:10]}: src/a.py is claimed by bob" in refused.err
    assert world.git("ls-remote", hub, "main").split()[0] != commit
    assert world.tried("push", "-q", "origin", "main", me=bob).status == 0


def test_what_is_free_passes(world: World, hub: str, alice: str, bob: str) -> None:
    """A new commit on anything else passes, and so do refs of ours, deletions, and what the remote has."""
    world.landed("lib/c.py")
    assert world.tried("push", "-q", "origin", "main", me=alice).status == 0
    touching = world.landed("src/a.py")
    assert world.tried("push", "-q", "origin", f"{touching}:refs/coord/sessions/x/log", me=alice).status == 0
    assert world.tried("push", "-q", "origin", f"{touching}:refs/notes/x", me=alice).status == 0
    world.quietly("push", "-q", "origin", f"{touching}:refs/heads/other")
    assert world.tried("push", "-q", "origin", "HEAD:refs/heads/again", me=alice).status == 0, "it is tracked"
    assert world.tried("push", "-q", "origin", ":other", me=alice).status == 0


def test_one_in_the_middle(world: World, hub: str, alice: str, bob: str) -> None:
    """A commit in between is found, also where a later one takes its change back, and how many are at fault is said."""
    first = world.landed("src/a.py")
    world.landed("lib/c.py")
    world.quietly("revert", "--no-edit", first)
    refused = world.tried("push", "-q", "origin", "main", me=alice)
    assert refused.refused
    assert f"commit {first[:10]} and 1 more: src/a.py" in refused.err


def test_what_was_moved_away(world: World, hub: str, alice: str, bob: str) -> None:
    """Both sides of a rename count, and a deletion: what is claimed may not leave either."""
    world.landed("src/a.py")
    world.quietly("push", "-q", "origin", "main")
    (world.top / "lib").mkdir(exist_ok=True)
    for words in (("mv", "src/a.py", "lib/moved.py"), ("rm", "-q", "src/a.py")):
        world.git(*words)
        world.quietly("commit", "-q", "-m", "away")
        refused = world.tried("push", "-q", "origin", "main", me=alice)
        assert refused.refused
        assert "src/a.py" in refused.err
        world.quietly("reset", "-q", "--hard", "HEAD^")


def test_a_new_branch_and_an_address(world: World, hub: str, alice: str, bob: str) -> None:
    """Under a new name, or to the remote's address instead of its name, the same commits are new."""
    world.landed("src/a.py")
    assert world.tried("push", "-q", "origin", "HEAD:refs/heads/new", me=alice).refused
    assert world.tried("push", "-q", hub, "HEAD:refs/heads/new", me=alice).refused
    assert world.tried("push", "-q", hub, "HEAD~1:refs/heads/old", me=alice).status == 0


def test_what_the_remote_has_now_is_not_new(world: World, hub: str, alice: str, bob: str) -> None:
    """Without a tracking ref, what the remote's branch has is not new either; one unknown here does no harm."""
    world.landed("src/a.py")
    world.quietly("push", "-q", "origin", "main")
    world.git("remote", "remove", "origin")
    world.landed("lib/c.py")
    assert world.tried("push", "-q", hub, "main", me=alice).status == 0
    world.git("-C", hub, "branch", "-f", "main", world.git("-C", hub, "commit-tree", "-m", "theirs", "main^{tree}"))
    refused = world.tried("push", "-q", "--force", hub, "main", me=alice)
    assert refused.refused
    assert "src/a.py is claimed by bob" in refused.err


def test_a_commit_of_the_holders(world: World, hub: str, alice: str, bob: str) -> None:
    """A commit that is on record as the holder's passes whoever pushes it; one of which nothing is known does not."""
    assert world.commit("src/a.py", me=bob).status == 0
    assert world.tried("push", "-q", "origin", "main", me=alice).status == 0
    world.landed("src/a.py")
    assert world.tried("push", "-q", "origin", "main", me=alice).refused


def test_a_commit_of_the_family(world: World, hub: str, alice: str, bob: str) -> None:
    """A commit of the holder's child passes as the holder's; one of a stranger's does not."""
    child = world.session("child", parent=bob)
    assert world.commit("src/a.py", me=child).status == 0
    assert world.tried("push", "-q", "origin", "main", me=alice).status == 0
    world.stage("src/a.py")
    world.git("-c", "coord.guard=off", "commit", "-q", "-m", "x", me=alice)
    assert world.trailers("Coord-Session") == [alice]
    assert world.tried("push", "-q", "origin", "main", me=alice).refused


def test_merging_the_holders_branch(world: World, hub: str, alice: str, bob: str) -> None:
    """An integrator may merge the holder's branch and push it, but not change the path in the merge itself."""
    world.quietly("checkout", "-q", "-b", "topic")
    assert world.commit("src/a.py", me=bob).status == 0
    world.quietly("checkout", "-q", "main")
    world.landed("lib/c.py")
    assert world.tried("merge", "-q", "--no-edit", "topic", me=alice).status == 0
    assert world.tried("push", "-q", "origin", "main", me=alice).status == 0
    world.quietly("checkout", "-q", "topic")
    world.landed("lib/d.py")
    world.quietly("checkout", "-q", "main")
    world.landed("readme.md")
    world.quietly("merge", "-q", "--no-commit", "topic")
    world.stage("src/a.py")
    world.quietly("commit", "-q", "-m", "evil")
    evil = world.head
    refused = world.tried("push", "-q", "origin", "main", me=alice)
    assert refused.refused
    assert evil[:10] in refused.err


@pytest.mark.parametrize("option", [(), ("-x",)])
def test_a_pick_of_the_holders_commit(world: World, hub: str, alice: str, bob: str, option: tuple[str, ...]) -> None:
    """A cherry-pick of the holder's commit passes: its change is the same, or its message says where it is from."""
    world.quietly("checkout", "-q", "-b", "topic")
    assert world.commit("src/a.py", me=bob).status == 0
    world.quietly("checkout", "-q", "main")
    world.landed("lib/c.py")
    world.quietly("cherry-pick", *option, "topic")
    if option:  # resolved differently, so only the message tells
        world.stage("src/a.py")
        world.quietly("commit", "-q", "--amend", "--no-edit")
    assert world.note() == ""
    assert world.tried("push", "-q", "origin", "main", me=alice).status == 0


def test_a_pick_of_something_else(world: World, hub: str, alice: str, bob: str) -> None:
    """Another change of the same path, or a message that names a commit of nobody's, does not pass."""
    world.quietly("checkout", "-q", "-b", "topic")
    assert world.commit("src/a.py", me=bob).status == 0
    world.quietly("checkout", "-q", "main")
    other = world.landed("lib/c.py")
    world.stage("src/a.py")
    world.quietly("commit", "-q", "-m", f"x\n\n(cherry picked from commit {other})")
    assert world.tried("push", "-q", "origin", "main", me=alice).refused


def test_a_stale_claim_does_not_refuse(world: World, hub: str, alice: str) -> None:
    """A claim whose holder is gone does not refuse a push."""
    carol = world.session("carol", ago=4000)
    world.claim(carol, "lib", ago=4000)
    world.landed("lib/c.py")
    assert world.tried("push", "-q", "origin", "main", me=alice).status == 0


def test_the_way_out(world: World, hub: str, alice: str, bob: str) -> None:
    """`coord.guard=off` lets a push pass, recorded with each commit; attributes exempt paths."""
    commits = [world.landed("src/a.py"), world.landed("src/a.py")]
    assert world.tried("-c", "coord.guard=off", "push", "-q", "origin", "main", me=alice).status == 0
    assert [record["commit"] for record in world.spool] == commits
    assert all(record["holders"] == [{"session": bob, "paths": ["src/a.py"]}] for record in world.spool)
    (world.top / ".gitattributes").write_text("src/a.py coord=off\n")
    world.git("add", ".gitattributes")
    world.quietly("commit", "-q", "-m", "attributes")
    world.landed("src/a.py")
    assert world.tried("push", "-q", "origin", "main", me=alice).status == 0


def test_attributes_that_come_with_the_change(world: World, hub: str, alice: str, bob: str) -> None:
    """Each commit is judged by the attributes before it: one that exempts a path and changes it is refused."""
    (world.top / ".gitattributes").write_text("src/a.py coord=off\n")
    world.git("add", ".gitattributes")
    made = world.landed("src/a.py")
    refused = world.tried("push", "-q", "origin", "main", me=alice)
    assert refused.refused
    assert made[:10] in refused.err


def test_an_unreadable_ledger_refuses(world: World, hub: str, alice: str, bob: str) -> None:
    """With a damaged ledger nothing is pushed."""
    world.landed("lib/c.py")
    (world.top / ".git/refs/coord/ledger").write_bytes(b"")
    refused = world.tried("push", "-q", "origin", "main", me=alice)
    assert refused.refused
    assert "git coord doctor" in refused.err
    passed = world.tried("-c", "coord.guard=off", "push", "-q", "origin", "main", me=alice)
    assert passed.status == 0
    assert passed.err.startswith("warning: ")


def test_a_path_like_an_object_id(world: World, hub: str, alice: str, bob: str) -> None:
    """A file whose name looks like a commit's id is not taken for one."""
    name = "0" * 40
    world.landed(name)
    world.claim(bob, name)
    assert world.tried("push", "-q", "origin", "main", me=alice).refused


def test_several_refs(world: World, hub: str, alice: str, bob: str) -> None:
    """Of several refs pushed at once each is looked at; annotated tags lead to their commits."""
    world.quietly("checkout", "-q", "-b", "topic")
    world.landed("src/a.py")
    world.git("tag", "-a", "-m", "x", "v1")
    world.quietly("checkout", "-q", "main")
    world.landed("lib/c.py")
    assert world.tried("push", "-q", "origin", "main", "topic", me=alice).refused
    assert world.tried("push", "-q", "origin", "main", "v1", me=alice).refused
    assert world.tried("push", "-q", "origin", "main", me=alice).status == 0


def test_a_remote_of_which_nothing_is_known(world: World, hub: str, alice: str, bob: str) -> None:
    """What any other remote has is not new, whether or not something is known of the remote that is pushed to."""
    world.git("init", "-q", "--bare", f"{hub}2")
    world.git("remote", "add", "backup", f"{hub}2")
    published = world.landed("src/a.py")
    world.quietly("push", "-q", "origin", "main")
    assert world.tried("push", "-q", "backup", "main", me=alice).status == 0
    mine = world.landed("src/a.py")
    refused = world.tried("push", "-q", "backup", "HEAD:refs/heads/new", me=alice)
    assert refused.refused
    assert f"commit {mine[:10]}: src/a.py" in refused.err
    world.quietly("push", "-q", "origin", "main")
    assert world.git("ls-remote", f"{hub}2", "main").split()[0] == published
    assert world.tried("push", "-q", "backup", "main", me=alice).status == 0, "origin has it by now"
