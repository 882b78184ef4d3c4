"""The note that says who made a commit, and the word that is left for the next command."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import World


def test_what_it_says(world: World, bob: str) -> None:
    """Session, name, the own claims that cover what changed, and the highest token; git reads it as trailers."""
    first = world.claim(bob, "lib")
    world.claim(bob, "unrelated")
    assert world.commit("lib/c.py", me=bob).status == 0
    # git finds trailers behind an empty line only
    parsed = world.run("sh", "-c", "(echo; git notes --ref=coord show) | git interpret-trailers --parse").out
    assert parsed.splitlines() == [
        f"Coord-Session: {bob}",
        "Coord-Name: bob",
        f"Coord-Claim: {first}",
        "Coord-Token: 3",
    ]


def test_a_parents_claim_is_named(world: World, bob: str) -> None:
    """A child that works on its parent's claim names that claim."""
    child = world.session("child", parent=bob)
    assert world.commit("src/a.py", me=child).status == 0
    assert world.trailers("Coord-Session") == [child]
    assert len(world.trailers("Coord-Claim")) == 1


def test_at_most_twenty_claims(world: World, bob: str) -> None:
    """Of many claims twenty are named, and the highest token of all."""
    for number in range(25):
        world.claim(bob, f"many/{number}")
    assert world.commit(*(f"many/{number}" for number in range(25)), me=bob).status == 0
    assert len(world.trailers("Coord-Claim")) == 20
    assert world.trailers("Coord-Token") == ["27"]


def test_nobody_writes_nothing(world: World, bob: str) -> None:
    """A commit that no session makes gets no note."""
    assert world.commit("lib/c.py").status == 0
    assert world.note() == ""
    assert world.tried("rev-parse", "-q", "--verify", "refs/notes/coord").status != 0


def test_a_merge(world: World, alice: str) -> None:
    """A merge made now gets a note, one that came by fast-forward does not, nor does a squash."""
    world.quietly("checkout", "-q", "-b", "topic")
    world.landed("lib/c.py")
    world.quietly("checkout", "-q", "-b", "side", "main")
    world.landed("src/b.py")
    world.quietly("checkout", "-q", "main")
    world.git("merge", "-q", "--squash", "topic", me=alice)
    assert world.note() == ""
    world.quietly("reset", "-q", "--hard")
    world.quietly("checkout", "-q", "side")
    world.git("merge", "-q", "--no-edit", "topic", me=alice)
    assert world.trailers("Coord-Session") == [alice]
    world.quietly("update-ref", "-d", "refs/notes/coord")
    world.quietly("checkout", "-q", "-B", "late", "side~1")
    world.git("merge", "-q", "side", me=alice)
    assert world.head == world.git("rev-parse", "side")
    assert world.note() == ""


def test_a_merge_without_reflog(world: World, alice: str) -> None:
    """Without a reflog a merge made now still gets its note."""
    world.git("config", "core.logAllRefUpdates", "false")
    (world.top / ".git" / "logs" / "HEAD").unlink()
    world.quietly("checkout", "-q", "-b", "topic")
    world.landed("lib/c.py")
    world.quietly("checkout", "-q", "main")
    world.landed("src/b.py")
    world.git("merge", "-q", "--no-edit", "topic", me=alice)
    assert world.trailers("Coord-Session") == [alice]
    merged = world.head
    world.quietly("update-ref", "-d", "refs/notes/coord")
    world.quietly("checkout", "-q", "--detach", "HEAD~2")
    world.git("merge", "-q", merged, me=alice)
    assert world.head == merged
    assert world.note() == "", "it came by fast-forward"


def test_an_amend(world: World, alice: str, bob: str) -> None:
    """An amend names who amended; the former maker stays named, each once, however often."""
    world.git("config", "notes.rewriteRef", "refs/notes/coord")
    assert world.commit("src/a.py", me=bob).status == 0
    for _ in range(3):
        world.stage("lib/c.py")
        world.git("commit", "-q", "--amend", "--no-edit", me=alice)
    assert world.trailers("Coord-Session") == [alice, bob]
    world.git("commit", "-q", "--amend", "-m", "nobody")
    assert world.trailers("Coord-Session") == [alice, bob]


def test_a_rebase_keeps_the_maker(world: World, alice: str, bob: str) -> None:
    """A rebase by another session keeps each commit's maker, and nobody is warned of the maker's own paths."""
    world.git("config", "notes.rewriteRef", "refs/notes/coord")
    world.quietly("checkout", "-q", "-b", "topic")
    assert world.commit("src/a.py", me=bob).status == 0
    world.quietly("checkout", "-q", "main")
    world.landed("lib/c.py")
    done = world.tried("rebase", "-q", "main", "topic", me=alice)
    assert (done.status, done.err) == (0, "")
    assert world.trailers("Coord-Session") == [bob]


@pytest.mark.slow
def test_many_at_once(world: World, alice: str) -> None:
    """Commits made at the same moment in several worktrees all get their notes."""
    trees = [world.linked(f"tree{number}") for number in range(4)]
    for tree in trees:
        tree.stage("lib/c.py")
    script = "for n in 1 2 3; do git commit -q --allow-empty -m $n; done"
    started = [
        subprocess.Popen(["sh", "-c", script], cwd=tree.top, env=tree.env | {"GIT_COORD_SESSION": alice})
        for tree in trees
    ]
    assert [one.wait() for one in started] == [0] * 4
    makers = [tree.trailers("Coord-Session", f"HEAD~{back}") for tree in trees for back in range(3)]
    assert makers == [[alice]] * 12


def test_a_renewal_is_asked_for(world: World) -> None:
    """When half of the session's lease is over the next command is told to renew it; before that it is not."""
    fresh, old = world.session("fresh", ago=600), world.session("old", ago=1000)
    assert world.commit("lib/c.py", me=fresh).status == 0
    assert world.spool == []
    assert world.commit("lib/c.py", me=old).status == 0
    assert world.spool == [{"what": "renew", "session": old}]


def test_it_never_stops_a_commit(world: World, alice: str, bob: str) -> None:
    """What goes wrong after the commit is a warning."""
    world.quietly("checkout", "-q", "-b", "topic")
    world.stage("lib/c.py")
    world.git("update-ref", "refs/notes/coord/in-the-way", "HEAD")
    ran = world.tried("commit", "-q", "-m", "x", me=bob)
    assert ran.status == 0
    assert "warning: git-coord's post-commit hook failed; nothing was recorded" in ran.err
    assert world.git("log", "-1", "--format=%s") == "x"


def test_a_lease_that_had_run_out_is_said_where_a_hub_decides(world: World) -> None:
    """A commit on a claim whose lease is over passes, leaves one renewal for each holder, and says so with a hub."""
    carol = world.session("carol", ago=4000)
    world.claim(carol, "lib", ago=4000)
    child = world.session("child", parent=carol, ago=4000)
    assert world.commit("lib/c.py", me=child).err == ""
    assert [(item["what"], item["session"]) for item in world.spool] == [("renew", child), ("renew", carol)]
    world.git("config", "coord.hub", "origin")
    ran = world.commit("lib/c.py", me=carol)
    assert (ran.status, ran.err.count("\n")) == (0, 1)
    assert ran.err.startswith(
        f"warning: the lease of carol had run out at {world.lease_end(carol)}; a renewal is recorded"
    )
    assert world.commit("src/b.py", me=carol).err == ""  # no claim of hers is concerned
