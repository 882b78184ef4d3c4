"""How a refusal reads."""

from __future__ import annotations

import os
import pty
import shlex
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import World


def test_what_it_says(world: World, alice: str, bob: str) -> None:
    """Path, holder with user, host and branch, its work, until when, and what helps."""
    assert world.commit("src/a.py", me=alice).err == (
        'error: src/a.py is claimed by bob (ana@laptop, branch topic): "rewrite it", '
        f"until {world.lease_end(bob)} (for 30 min)\nhint: git coord claim src/a.py --wait 30m\n"
    )


def test_a_shared_index(world: World, alice: str, bob: str) -> None:
    """With other paths staged the way to commit only those is shown, except in a merge."""
    world.stage("src/b.py")
    assert "git coord commit -m" in world.commit("src/a.py", me=alice).err
    world.quietly("commit", "-q", "-m", "x")
    world.quietly("checkout", "-q", "-b", "topic", "HEAD~1")
    world.landed("lib/c.py", "src/a.py")
    world.tried("merge", "-q", "--no-commit", "main")
    world.stage("src/a.py", "src/b.py", "lib/c.py")
    refused = world.tried("commit", "-q", "-m", "x", me=alice)
    assert refused.refused
    assert "git coord commit" not in refused.err


def test_several_paths(world: World, alice: str, bob: str) -> None:
    """The first path and how many more; no word of committing the rest where there is none."""
    world.claim(bob, "lib")
    refused = world.commit("src/a.py", "lib/c.py", "lib/d.py", me=alice)
    assert "lib/c.py (and 2 more) is claimed by bob" in refused.err
    assert "git coord commit" not in refused.err


def test_work_of_the_session(world: World, alice: str) -> None:
    """A claim without a reason shows its session's work."""
    world.claim(world.session("carol", work="tidy up"), "lib")
    assert '"tidy up"' in world.commit("lib/c.py", me=alice).err


@pytest.mark.parametrize("room", [1, 100])
def test_it_is_short(world: World, alice: str, room: int) -> None:
    """At most 400 characters, whatever the names are like, and nothing in them reaches the terminal as it is."""
    hostile = "\x1b[2J\u202e\n" * room
    carol = world.session("carol", user=hostile, host=hostile, branch=hostile)
    path = "/".join(["directory\x07" * 5] * (1 if room == 1 else 40))
    world.claim(carol, path, why=hostile)
    blob = world.git("hash-object", "-w", "readme.md")
    world.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    world.stage("lib/c.py")
    refused = world.tried("commit", "-q", "-m", "x", me=alice)
    assert refused.refused
    assert len(refused.err) <= 400
    assert all(char.isprintable() for char in refused.err.replace("\n", ""))
    assert all(line.startswith(("error: ", "hint: ")) for line in refused.err.splitlines())


def test_a_name_to_be_quoted(world: World, alice: str) -> None:
    """A path that the shell would take apart is quoted in the command that is shown."""
    world.claim(world.session("carol"), "a b'c")
    err = world.commit("a b'c", me=alice).err
    (command,) = [line for line in err.splitlines() if "git coord claim" in line]
    assert shlex.split(command.removeprefix("hint: "))[3] == "a b'c"


@pytest.mark.parametrize(
    ("path", "where", "typed"),
    [
        ("-dash", ".", ["--", "-dash"]),
        ("src/a b", "src", ["a b"]),
        ("lib/-x", "lib", ["--", "-x"]),
        ("lib/x", "src", ["../lib/x"]),
        ("a:b", ".", ["./a:b"]),
        ("src/[id]*", ".", [":(literal)src/[id]*"]),
        ("src/two\nlines", ".", ["PATH"]),
    ],
)
def test_the_hint_can_be_run_as_it_stands(world: World, alice: str, path: str, where: str, typed: list[str]) -> None:
    """The path in the hint is typed from where git was called, and is not taken for an option, a glob or a name."""
    world.record(world.session("carol"), "claim", scopes=[{"file": path}])
    world.stage(path)
    refused = world.tried("-C", where, "commit", "-q", "-m", "x", me=alice)
    (command,) = [line for line in refused.err.splitlines() if "git coord claim" in line]
    words = shlex.split(command.removeprefix("hint: "))
    assert words[:3] == ["git", "coord", "claim"]
    assert [word for word in words[3:] if word not in ("--wait", "30m", "90s")] == typed


def at_terminal(world: World, *argv: str) -> str:
    """What a program that no agent started shows on a terminal of its own."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(world.top)
        os.execvpe(argv[0], argv, world.env)
    said = b""
    while True:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:
            break
        if not chunk:
            break
        said += chunk
    os.waitpid(pid, 0)
    os.close(terminal)
    return said.decode()


def by_agent() -> bool:
    """Whether the tests themselves are run by an agent: then nothing here is a person's."""
    from gitcoord.kernel import process
    from gitcoord.policy import origin

    around = origin.Surroundings(process.ancestors(os.getpid()), os.environ)
    return not origin.typed_by_person(origin.of(around))


@pytest.mark.skipif(by_agent(), reason="the tests are run by an agent")
def test_the_way_out_is_shown_to_people_only(world: World, bob: str, agent: str) -> None:
    """A person at a terminal is told how to go past it; an agent is not, nor is anybody without a terminal."""
    world.stage("src/a.py")
    said = at_terminal(world, "git", "commit", "-q", "-m", "x")
    assert "coord.guard=off" in said
    assert len(said.replace("\r", "")) <= 400
    assert "coord.guard" not in at_terminal(world, agent, "-c", "git commit -q -m x; exit $?")
    assert "coord.guard" not in world.tried("commit", "-q", "-m", "x").err


@pytest.mark.slow
@pytest.mark.parametrize("where", ["heads", "tags"])
def test_a_branch_is_not_taken_for_the_ledger(world: World, alice: str, bob: str, where: str) -> None:
    """A branch or tag that is called refs/coord/ledger changes nothing, and where the ledger is gone is not read."""
    world.quietly("update-ref", f"refs/{where}/refs/coord/ledger", "HEAD")
    for _ in range(2):
        assert world.commit("src/b.py", me=alice).status == 0
        assert "is claimed by bob" in world.commit("src/a.py", me=alice).err
        world.git("reset", "-q", "--hard")
        world.git("pack-refs", "--all")
    world.git("update-ref", "-d", "refs/coord/ledger")
    refused = world.commit("src/b.py", me=bob)
    assert (refused.status, "refs/coord/ledger is missing" in refused.err) == (1, True), refused.err
