"""A commit whose paths somebody claimed while the editor was open is said at once: its push will be refused."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Ran, World


def commit(world: World, me: str, meanwhile: Callable[[], Any], *options: str) -> str:
    """Commit as a session; what happens `meanwhile` happens when the editor is open. Returns what was said."""
    home = Path(world.env["HOME"])
    gate, said = home / "open", home / "said"
    editor = f"touch {gate}; while [ -e {gate} ]; do sleep 0.02; done; echo message >"
    env = world.env | {"GIT_COORD_SESSION": me, "GIT_EDITOR": editor}
    with said.open("wb") as err:
        git = subprocess.Popen(["git", "commit", "-q", *options], cwd=world.top, env=env, stderr=err)
    try:
        while not gate.exists():
            assert git.poll() is None, said.read_text()
            time.sleep(0.01)
        meanwhile()
        gate.unlink()
        assert git.wait(timeout=100) == 0, said.read_text()
    finally:
        git.kill()
        git.wait()
    return said.read_text()


def a_minute_ago() -> str:
    """A time for git."""
    return f"{int(time.time()) - 60} +0000"


def take(world: World, robber: str, victim: str, claim: str, path: str) -> None:
    """Override a claim at a path."""
    takes = [{"id": claim, "session": victim, "evidence": "override"}]
    world.record(robber, "take", scopes=[{"directory": path}], takes=takes)


def push(world: World, me: str) -> Ran:
    """Push to a remote that has the first commit only."""
    hub = world.top.parent / "hub.git"
    world.git("init", "-q", "--bare", str(hub))
    world.quietly("push", "-q", str(hub), "HEAD~:refs/heads/main")
    return world.tried("push", "-q", str(hub), "main", me=me)


def test_a_takeover_is_said(world: World, bob: str) -> None:
    """Path, who, when, and what to do; the note names no claim, and the push is refused."""
    carol = world.session("carol")
    lost = world.claim(carol, "lib", "docs")
    world.stage("lib/c.py", "docs/d.md")
    said = commit(world, carol, lambda: take(world, bob, carol, lost, "lib"))
    lines = said.splitlines()
    assert re.fullmatch(
        r"warning: lib/c\.py was taken over by bob at \d\d:\d\d, before this commit was made;"
        r" a push of it will be refused",
        lines[0],
    )
    assert any(line.startswith("hint: git coord claim lib/c.py --wait ") for line in lines)
    assert world.trailers("Coord-Session") == [carol]
    assert world.trailers("Coord-Claim") == [], "of the claim a part was lost, and it speaks for what was taken too"
    refused = push(world, carol)
    assert refused.refused
    assert "lib/c.py" in refused.err


def test_a_claim_of_what_was_free_is_said(world: World, bob: str) -> None:
    """Nobody claimed it when the commit was begun; now somebody does."""
    carol = world.session("carol")
    world.stage("lib/c.py")
    said = commit(world, carol, lambda: world.claim(bob, "lib"))
    assert said.startswith("warning: lib/c.py was claimed by bob at ")
    assert push(world, carol).refused


@pytest.mark.slow
@pytest.mark.parametrize("who", ["child", "attribute", "elsewhere"])
def test_nothing_is_said_where_the_push_passes(world: World, bob: str, who: str) -> None:
    """A child's claim, a path that the attributes take out of sight, another path: the note keeps its claims."""
    world.write(".gitattributes", "lib/* coord=shared\n" if who == "attribute" else "other coord=shared\n")
    world.quietly("add", ".gitattributes")
    world.quietly("commit", "-q", "-m", "attributes")
    carol = world.session("carol")
    own = world.claim(carol, "readme.md")
    child = world.session("child", parent=carol)
    world.stage("lib/c.py", "readme.md")
    claims = {"child": (child, "lib"), "attribute": (bob, "lib"), "elsewhere": (bob, "src/b.py")}
    holder, path = claims[who]
    assert commit(world, carol, lambda: world.claim(holder, path)) == ""
    assert world.trailers("Coord-Claim") == [own]
    assert push(world, carol).status == 0


def test_an_amend_is_said_once(world: World, bob: str) -> None:
    """Post-rewrite looks at what an amend made, and says it."""
    carol = world.session("carol")
    world.stage("lib/c.py")
    said = commit(world, carol, lambda: world.claim(bob, "lib"), "--amend")
    assert [line for line in said.splitlines() if line.startswith("warning:")] == said.splitlines()
    assert len(said.splitlines()) == 1
    assert said.endswith("a push would be refused\n")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["lost", "free"])
def test_an_amend_after_the_claim_was_lost(world: World, bob: str, how: str) -> None:
    """A commit that was made under a claim is amended after the takeover: the claim does not speak for what is new."""
    carol = world.session("carol")
    claim = world.claim(carol, "lib")
    assert world.commit("lib/c.py", me=carol, GIT_AUTHOR_DATE=a_minute_ago()).status == 0
    if how == "lost":
        world.stage("lib/c.py")
        said = commit(world, carol, lambda: take(world, bob, carol, claim, "lib"), "--amend")
        assert "a push would be refused" in said
    else:
        take(world, bob, carol, claim, "lib")
        world.stage("readme.md")
        assert commit(world, carol, lambda: None, "--amend") == ""
        assert world.trailers("Coord-Claim") == [claim]
    assert push(world, carol).refused == (how == "lost")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["amend", "edit", "fixup", "reword"])
@pytest.mark.parametrize("whose", ["holder's", "own"])
def test_what_was_rewritten_past_the_guard(world: World, bob: str, how: str, whose: str) -> None:
    """A commit of the holder's, or one made under a claim, into which another change went: nobody speaks for that."""
    carol = world.session("carol")
    claim = world.claim(carol, "lib")
    maker, path = (bob, "src/a.py") if whose == "holder's" else (carol, "lib/c.py")
    world.landed("other")
    assert world.commit(path, me=maker, GIT_AUTHOR_DATE=a_minute_ago()).status == 0
    if whose == "own":
        take(world, bob, carol, claim, "lib")
    past = ("-c", "coord.guard=off", "commit", "-q")
    if how == "amend":
        world.stage(path)
        world.git(*past, "--amend", "--no-edit", me=carol)
    elif how == "fixup":
        world.stage(path)
        world.git(*past, "--fixup", "HEAD", me=carol)
        world.git("rebase", "-q", "-i", "--autosquash", "HEAD~2", me=carol, GIT_SEQUENCE_EDITOR="true")
    elif how == "edit":
        world.git("rebase", "-q", "-i", "HEAD~", me=carol, GIT_SEQUENCE_EDITOR="sed -i s/^pick/edit/")
        world.stage(path)
        world.git("commit", "-q", "--amend", "-n", "--no-edit", me=carol)  # in a rebase no guard looks
        world.git("rebase", "--continue", me=carol, GIT_EDITOR="true")
    else:
        world.git(*past, "--amend", "-m", "another word", me=carol)
    assert push(world, carol).refused == (how != "reword")


LINES = [f"line {number}" for number in range(20)]


def change(world: World, line: int, text: str) -> None:
    """Stage a change of one line of the claimed file."""
    content = (world.top / "src/a.py").read_text().splitlines()
    content[line] = text
    world.write("src/a.py", "\n".join(content) + "\n")
    world.quietly("add", "src/a.py")


@pytest.mark.slow
@pytest.mark.parametrize("where", ["beside", "same line"])
def test_a_rebase_of_the_holders_commit(world: World, bob: str, where: str) -> None:
    """What git merges by itself is the holder's work; what a conflict was resolved to is the work of who rebased."""
    carol = world.session("carol")
    world.write("src/a.py", "\n".join(LINES) + "\n")
    world.quietly("add", ".")
    world.quietly("commit", "-q", "-m", "lines")
    world.quietly("checkout", "-q", "-b", "topic")
    for line in (5, 15):
        change(world, line, "bob's")
        assert world.tried("commit", "-q", "-m", f"line {line}", me=bob).status == 0
    world.quietly("checkout", "-q", "main")
    change(world, 5 if where == "same line" else 7, "main's")
    world.quietly("commit", "-q", "-m", "main's")
    world.quietly("checkout", "-q", "topic")
    hub = world.top.parent / "hub.git"
    world.git("init", "-q", "--bare", str(hub))
    world.git("remote", "add", "origin", str(hub))
    world.quietly("push", "-q", "origin", "main")
    said = world.tried("rebase", "-q", "main", me=carol)
    if where == "same line":
        assert said.status != 0
        world.write("src/a.py", "\n".join(LINES).replace("line 5", "both") + "\n")
        world.quietly("add", "src/a.py")
        said = world.tried("rebase", "--continue", me=carol)
    assert said.status == 0
    assert ("a push would be refused" in said.err) == (where != "beside")
    assert world.tried("push", "-q", "origin", "topic", me=carol).refused == (where != "beside")
    assert world.tried("push", "-q", "origin", "topic", me=bob).status == 0
