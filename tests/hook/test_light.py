"""What everybody waits for stays light."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from .conftest import PROGRAM

if TYPE_CHECKING:
    from .conftest import World

HEAVY = frozenset(
    {
        "collections",
        "collections.abc",
        "contextlib",
        "dataclasses",
        "datetime",
        "enum",
        "functools",
        "hashlib",
        "inspect",
        "json",
        "logging",
        "pathlib",
        "pydantic",
        "pygit2",
        "re",
        "shutil",
        "subprocess",
        "tempfile",
        "threading",
        "traceback",
        "typing",
        "unicodedata",
    }
)


def loaded(world: World, name: str, *args: str, me: str = "", stdin: str = "") -> set[str]:
    """The modules that a hook has loaded when it passes, run as a shim runs it; options come before the name."""
    said = [name, *args] if name.startswith("--") else [name, str(world.top / ".git"), *args]
    code = (
        "import os, sys\n"
        "def end(status):\n"
        "    print(*sys.modules); sys.stdout.flush(); kill(status)\n"
        "kill, os._exit = os._exit, end\n"
        f"sys.argv = {[str(PROGRAM), *said]!r}\n"
        f"__file__ = {str(PROGRAM)!r}\n"
        "exec(compile(open(__file__).read(), __file__, 'exec'))\n"
    )
    ran = world.run(sys.executable, "-I", "-S", "-c", code, me=me)
    assert ran.err == ""
    return set(ran.out.split())


@pytest.mark.parametrize("name", ["pre-commit", "prepare-commit-msg"])
def test_a_guard_that_meets_claims(world: World, alice: str, bob: str, name: str) -> None:
    """A guard that reads others' claims, globs among them, and finds nothing against it imports nothing heavy."""
    world.claim(bob, "src/*.sql", "lib/c.sql")
    world.stage("src/b.py", "lib/c.py")
    modules = loaded(world, name, ".git/COMMIT_EDITMSG", me=alice)
    assert modules.isdisjoint(HEAVY), modules.intersection(HEAVY)
    assert "gitcoord.guard.claims" in modules
    assert "gitcoord.hook.refusal" not in modules


def test_a_guard_of_own_paths(world: World, bob: str) -> None:
    """A guard that has to find out who I am, by the processes too, imports nothing heavy."""
    world.at(bob, os.getpid(), kind="pid")
    world.stage("src/a.py")
    modules = loaded(world, "pre-commit")
    assert modules.isdisjoint(HEAVY), modules.intersection(HEAVY)
    assert "gitcoord.policy.identity" in modules


def test_a_guard_that_leaves_the_note(world: World, bob: str) -> None:
    """A guard that git asks, and that lets own paths pass, loads nothing that only a refusal needs."""
    world.stage("src/a.py")
    modules = loaded(world, "--git=17", "pre-commit", str(world.top / ".git"), me=bob)
    assert "gitcoord.hook.made" in modules
    assert modules.isdisjoint(HEAVY | {"gitcoord.hook.refusal", "gitcoord.guard.past", "gitcoord.guard.commits"})


def test_a_stale_claim(world: World, alice: str) -> None:
    """Not even saying that a claim is stale needs anything heavy."""
    carol = world.session("carol", ago=4000)
    world.claim(carol, "src/a.py", ago=4000)
    world.stage("src/a.py", "src/b.py")
    world.git("reset", "-q", "src/a.py")
    modules = loaded(world, "pre-commit", me=alice)
    assert modules.isdisjoint(HEAVY), modules.intersection(HEAVY)


def test_after_a_commit(world: World, bob: str) -> None:
    """The note is written without anything heavy."""
    world.landed("src/a.py")
    modules = loaded(world, "post-commit", me=bob)
    assert modules.isdisjoint(HEAVY), modules.intersection(HEAVY)
    assert world.trailers("Coord-Session") == [bob]


def test_only_what_a_hook_may_import() -> None:
    """The guard's modules import nothing of ours but the light part of the kernel, policy and errors."""
    allowed = ("gitcoord.hook", "gitcoord.guard", "gitcoord.policy", "gitcoord.errors")
    package = PROGRAM.parents[1]
    kernel = {"spawn", "git", "refname", "treeformat", "process", "roster", "lightjson", "file", "sharing"}
    kernel |= {"machine", "whereabouts", "coordfile", "atomic", "revision"}
    for path in (*package.glob("hook/**/*.py"), *package.glob("guard/*.py")):
        for line in path.read_text().splitlines():
            words = line.split()
            if line.strip() == "from gitcoord import errors":
                continue
            if words[:1] == ["from"] and words[1].startswith("gitcoord") and not words[1].startswith(allowed):
                module, names = words[1], words[3:]
                used = {name.strip(",") for name in names} if module == "gitcoord.kernel" else {module.split(".")[2]}
                assert used <= kernel, f"{path.name}: {line}"
