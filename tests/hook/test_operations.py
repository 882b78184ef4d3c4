"""Every way in which git makes a commit meets the guard, in the oldest git that is supported and in a new one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from .conftest import NEW_GIT

if TYPE_CHECKING:
    from .conftest import World


@pytest.fixture(params=["system git", "new git"])
def env(request: pytest.FixtureRequest, env: dict[str, str]) -> dict[str, str]:
    """The environment with one git or another."""
    if request.param == "new git":
        if not (NEW_GIT / "git").exists():
            pytest.skip(f"no git in {NEW_GIT}")
        env["PATH"] = f"{NEW_GIT}{os.pathsep}{env['PATH']}"
    return env


def test_staged_paths(world: World, alice: str, bob: str) -> None:
    """A path that another session claims is refused, to its holder and beside it nothing is."""
    assert world.commit("src/a.py", me=alice).refused
    world.quietly("reset", "-q", "--hard")
    assert world.commit("src/b.py", me=alice).status == 0
    assert world.commit("src/a.py", me=bob).status == 0


def test_commit_all(world: World, alice: str, bob: str) -> None:
    """`commit -a` is judged by the index that git makes for it, not by the one on disk."""
    world.write("src/a.py")
    assert world.tried("commit", "-q", "-a", "-m", "x", me=alice).refused
    assert world.tried("commit", "-q", "-a", "-m", "x", me=bob).status == 0


def test_commit_of_named_files(world: World, alice: str, bob: str) -> None:
    """`commit FILE` is judged by FILE alone: what else is staged does not matter, FILE does though it is not staged."""
    world.stage("src/a.py")
    world.write("src/b.py")
    assert world.tried("commit", "-q", "-m", "x", "src/b.py", me=alice).status == 0
    assert world.tried("commit", "-q", "-m", "x", "src/a.py", me=alice).refused


def test_no_verify(world: World, alice: str, bob: str) -> None:
    """`commit --no-verify` is refused too, and HEAD stays."""
    before = world.head
    world.stage("src/a.py")
    assert world.tried("commit", "-q", "-n", "-m", "x", me=alice).refused
    assert world.head == before


def test_amend(world: World, alice: str, bob: str) -> None:
    """An amend is judged against the commit it replaces: its holder's change stays in it, a new one is refused."""
    world.landed("src/a.py")
    world.stage("src/b.py")
    assert world.tried("commit", "-q", "--amend", "--no-edit", me=alice).status == 0
    world.stage("src/a.py")
    assert world.tried("commit", "-q", "--amend", "--no-edit", me=alice).refused
    assert world.tried("commit", "-q", "--amend", "-n", "--no-edit", me=alice).refused


@pytest.mark.parametrize("way", [("src/a.py", "free.py"), ("src/b.py", "src/gone/a.py")])
def test_both_sides_of_a_rename(world: World, alice: str, bob: str, way: tuple[str, str]) -> None:
    """Moving a claimed file away is refused, and moving one to where somebody claims."""
    world.claim(bob, "src/gone")
    (world.top / "src/gone").mkdir()
    world.git("mv", *way)
    assert world.tried("commit", "-q", "-m", "x", me=alice).refused


def test_deletion(world: World, alice: str, bob: str) -> None:
    """Deleting a claimed file is refused."""
    world.git("rm", "-q", "src/a.py")
    assert world.tried("commit", "-q", "-m", "x", me=alice).refused


def test_type_change(world: World, alice: str, bob: str) -> None:
    """Replacing a claimed file by a link, or making it executable, is refused."""
    world.git("update-index", "--chmod=+x", "src/a.py")
    assert world.tried("commit", "-q", "-m", "x", me=alice).refused
    world.quietly("reset", "-q", "--hard")
    (world.top / "src/a.py").unlink()
    (world.top / "src/a.py").symlink_to("b.py")
    world.git("add", "src/a.py")
    assert world.tried("commit", "-q", "-m", "x", me=alice).refused


@pytest.mark.parametrize("hidden", [False, True])
def test_submodule(world: World, alice: str, hidden: bool) -> None:
    """A submodule's new commit is a change of its path, also where configuration hides it."""
    world.claim(world.session("carol"), "module")
    if hidden:
        world.git("config", "diff.ignoreSubmodules", "all")
    world.git("update-index", "--add", "--cacheinfo", f"160000,{world.head},module")
    assert world.tried("commit", "-q", "-m", "x", me=alice).refused


def test_file_in_place_of_a_claimed_directory(world: World, alice: str, bob: str) -> None:
    """A file where somebody claims something deeper is refused."""
    world.git("rm", "-q", "-r", "--cached", "src")
    blob = world.git("hash-object", "-w", "readme.md")
    world.git("update-index", "--add", "--cacheinfo", f"100644,{blob},src")
    world.quietly("commit", "-q", "-m", "base: src is a file")
    world.git("update-index", "--cacheinfo", f"120000,{blob},src")
    refused = world.tried("commit", "-q", "-m", "x", me=alice)
    assert refused.refused
    assert "src is claimed by bob" in refused.err


def test_merge_of_what_landed(world: World, alice: str, bob: str) -> None:
    """A merge that only brings what the other branch landed passes, with and without --no-verify."""
    for number, option in enumerate(("--verify", "--no-verify")):
        world.quietly("checkout", "-q", "-b", f"topic{number}")
        world.landed("src/a.py")
        world.quietly("checkout", "-q", "main")
        world.landed("lib/c.py")
        assert world.tried("merge", "-q", option, "--no-edit", f"topic{number}", me=alice).status == 0
        assert len(world.git("log", "-1", "--format=%P").split()) == 2


def conflict(world: World) -> None:
    """Start a merge that stops with a conflict in `src/a.py` and brings a change of `lib/c.py`."""
    world.quietly("checkout", "-q", "-b", "topic")
    world.landed("src/a.py", "lib/c.py")
    world.quietly("checkout", "-q", "main")
    world.landed("src/a.py")
    assert world.tried("merge", "-q", "topic").status == 1


def test_resolved_conflict(world: World, alice: str, bob: str) -> None:
    """A conflict in a claimed path, resolved to something new, is refused; to one side's version it passes."""
    conflict(world)
    world.stage("src/a.py")
    assert world.tried("commit", "-q", "--no-edit", me=alice).refused
    assert world.tried("commit", "-q", "-n", "--no-edit", me=alice).refused
    world.quietly("checkout", "-q", "--theirs", "src/a.py")
    world.quietly("checkout", "-q", "topic", "--", "src/a.py")
    assert world.tried("commit", "-q", "--no-edit", me=alice).status == 0


def test_evil_merge(world: World, alice: str, bob: str) -> None:
    """A merge that changes a claimed path which neither side changed is refused."""
    world.quietly("checkout", "-q", "-b", "topic")
    world.landed("lib/c.py")
    world.quietly("checkout", "-q", "main")
    world.landed("src/b.py")
    world.quietly("merge", "-q", "--no-commit", "topic")
    world.stage("src/a.py")
    assert world.tried("commit", "-q", "-n", "--no-edit", me=alice).refused


def test_octopus(world: World, alice: str, bob: str) -> None:
    """With several heads, too, only what differs from all parents counts."""
    for name, path in (("one", "src/a.py"), ("two", "lib/c.py")):
        world.quietly("checkout", "-q", "-b", name, "main")
        world.landed(path)
    world.quietly("checkout", "-q", "main")
    world.landed("readme.md")
    assert world.tried("merge", "-q", "--no-edit", "one", "two", me=alice).status == 0
    assert len(world.git("log", "-1", "--format=%P").split()) == 3


@pytest.mark.parametrize("command", ["cherry-pick", "revert"])
def test_picks_and_reverts(world: World, alice: str, bob: str, command: str) -> None:
    """A cherry-pick or revert of a change to a claimed path is judged like any commit; HEAD stays."""
    world.quietly("checkout", "-q", "-b", "topic")
    change = world.landed("src/a.py")
    if command == "cherry-pick":
        world.quietly("checkout", "-q", "main")
    before = world.head
    assert world.tried(command, *(["--no-edit"] if command == "revert" else []), change, me=alice).refused
    assert world.head == before


def test_linked_worktree(world: World, alice: str, bob: str) -> None:
    """In another worktree the same claims hold, and a merge there is known for one."""
    tree = world.linked("other")
    assert tree.commit("src/a.py", me=alice).refused
    tree.quietly("reset", "-q", "--hard")
    tree.landed("lib/c.py")
    world.landed("src/a.py")
    assert tree.tried("merge", "-q", "--no-edit", "main", me=alice).status == 0
    assert tree.tried("commit", "-q", "-a", "-m", "x", "--allow-empty", me=alice).status == 0


def test_first_commit(world: World, alice: str, bob: str) -> None:
    """On a branch without a commit everything staged counts."""
    world.quietly("checkout", "-q", "--orphan", "fresh")
    assert world.tried("commit", "-q", "-m", "x", me=alice).refused
    world.quietly("rm", "-q", "--cached", "src/a.py")
    assert world.tried("commit", "-q", "-m", "x", me=alice).status == 0


def test_rebase_is_left_to_others(world: World, alice: str, bob: str) -> None:
    """A rebase is not stopped half way; afterwards one warning says that a push would be refused."""
    world.quietly("checkout", "-q", "-b", "topic")
    world.landed("src/a.py")
    world.landed("lib/c.py")
    world.quietly("checkout", "-q", "main")
    world.landed("readme.md")
    done = world.tried("rebase", "-q", "main", "topic", me=alice)
    assert done.status == 0
    warnings = [line for line in done.err.splitlines() if line.startswith("warning:")]
    assert len(warnings) == 1
    assert "src/a.py is claimed by bob" in warnings[0]
    assert "push would be refused" in warnings[0]


def test_names(world: World, alice: str, bob: str) -> None:
    """Names with line ends, spaces and bytes that are not UTF-8 are found; a decomposed name is its composed one."""
    odd = ["a\nb", " lead", "tail ", "carriage\r", os.fsdecode(b"\xff\xfe"), "d\u00fcr/x", "~ '\"$x"]
    world.claim(bob, *odd[:-2], "d\u00fcr", odd[-1])
    for name in [*odd, "d\u0075\u0308r/y", "a\nb/inner"]:
        world.quietly("reset", "-q", "--hard")
        blob = world.git("hash-object", "-w", "readme.md")
        record = f"100644 {blob}\t".encode() + os.fsencode(name) + b"\0"
        index = world.top / "record"
        index.write_bytes(record)
        world.run("sh", "-c", "git update-index -z --index-info <record && rm record")
        refused = world.tried("commit", "-q", "-m", "x", me=alice)
        assert refused.refused, name
        assert refused.err.isprintable() or set(refused.err) - set("\n") == {
            char for char in refused.err if char.isprintable()
        }


def test_a_name_of_any_bytes(world: World, alice: str, bob: str) -> None:
    """A path that is no UTF-8 is guarded, and its holder's commits are noted, as those of any other path."""
    name = "lib/by\udcffte"
    world.claim(bob, name, "src/\udcff*.c")
    refused = world.commit(name, me=alice)
    assert refused.refused
    assert "lib/by\\xffte is claimed by bob" in refused.err
    assert world.tried("commit", "-q", "-m", "mine", me=bob).status == 0
    assert world.trailers("Coord-Session") == [bob]
    assert world.commit("src/\udcff1.c", me=alice).refused


@pytest.mark.slow
def test_many_staged_files(world: World, alice: str, bob: str) -> None:
    """Twenty thousand staged files neither block the pipes nor hide the one that is claimed."""
    blob = world.git("hash-object", "-w", "readme.md")
    rows = "".join(f"100644 {blob}\tmany/{n % 100}/{'long' * 8}{n}\n" for n in range(20_000))
    (world.top / "record").write_text(rows)
    world.claim(bob, *(f"many/{n}/claimed" for n in range(100)))
    world.run("sh", "-c", "git update-index --index-info <record && rm record")
    assert world.tried("commit", "-q", "-m", "x", me=alice).status == 0
    world.write("src/a.py")
    world.git("update-index", "--add", "src/a.py")
    world.quietly("reset", "-q", "--soft", "HEAD~1")
    assert world.tried("commit", "-q", "-m", "x", me=alice).refused


@pytest.mark.parametrize(
    "how", [("--amend", "--no-edit"), ("--am", "-m", "x"), ("-m", "x")], ids=["amend", "short", "new"]
)
def test_a_file_that_the_amended_commit_added(world: World, bob: str, alice: str, how: tuple[str, ...]) -> None:
    """An amend adds it still, so a glob of another may mean it in any case; for the next commit it was there before."""
    world.landed("lib/Caps.py")
    world.claim(bob, "lib/caps*.py")
    world.stage("lib/Caps.py")
    ran = world.tried("commit", "-q", *how, me=alice)
    assert (ran.refused, "lib/Caps.py" in ran.err) == ((False, False) if how == ("-m", "x") else (True, True))


@pytest.mark.slow
@pytest.mark.parametrize("how", [(), ("-o",), ("-o", "--no-verify"), ("-i",), ("-a",)], ids=str)
def test_a_part_of_the_index(world: World, alice: str, bob: str, how: tuple[str, ...]) -> None:
    """A commit of named paths is judged by these alone, whatever else is staged; `-i` and `-a` take the rest along."""
    world.landed("docs/guide.md")
    world.stage("src/a.py")
    world.write("docs/guide.md")
    rest = ("-a",) if how == ("-a",) else (*how, "--", "docs/guide.md")
    ran = world.tried("commit", "-q", "-m", "mine", *rest, me=alice)
    assert ran.refused == (how in (("-i",), ("-a",)))
    if ran.status == 0:
        assert world.git("diff", "--cached", "--name-only") == "src/a.py"
        assert world.git("show", "--format=", "--name-only", "HEAD") == "docs/guide.md"
    world.quietly("reset", "-q", "--hard")
    world.write("src/a.py")
    rest = ("-a",) if how == ("-a",) else (*how, "--", "src/a.py")
    assert world.tried("commit", "-q", "-m", "theirs", *rest, me=alice).refused
