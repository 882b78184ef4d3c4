"""Whose claim speaks against a change, and what takes a path out of the guard's sight."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from .conftest import World


@pytest.mark.parametrize(
    ("scope", "path"), [("src", "src/a.py"), ("src", "src/deep/er/x"), (".", "new"), ("src/a.py", "src/a.py")]
)
def test_a_path_covers_what_is_below(world: World, alice: str, bob: str, scope: str, path: str) -> None:
    """A claim of a file, a directory or the root covers everything in it."""
    carol = world.session("carol", parent=bob)
    world.claim(carol, scope)
    assert world.commit(path, me=alice).refused


def test_a_neighbour_is_free(world: World, alice: str, bob: str) -> None:
    """Names that only begin alike are other paths."""
    assert world.commit("src/a.pyc", "src/a", "src2", me=alice).status == 0


def test_globs(world: World, alice: str) -> None:
    """A glob covers what it matches and nothing else below its directory."""
    world.claim(world.session("carol"), "lib/**/*.sql", "*.toml")
    assert world.commit("lib/deep/x.sql", me=alice).refused
    world.quietly("reset", "-q", "--hard")
    assert world.commit("pyproject.toml", me=alice).refused
    world.quietly("reset", "-q", "--hard")
    assert world.commit("lib/deep/x.py", "sub/pyproject.toml", me=alice).status == 0


def test_shared(world: World, alice: str) -> None:
    """A shared claim refuses those who hold no claim there, and lets in those who do."""
    carol = world.session("carol")
    world.claim(carol, "log", shared=True)
    assert world.commit("log/x", me=alice).refused
    world.claim(alice, "log", shared=True)
    assert world.tried("commit", "-q", "-m", "x", me=alice).status == 0
    child = world.session("child", parent=alice)
    assert world.commit("log/y", me=child).status == 0


def test_parent_and_child(world: World, bob: str) -> None:
    """A child may change what its parent claims, the parent not what the child claims: the deeper one is obeyed."""
    child = world.session("child", parent=bob)
    grandchild = world.session("grandchild", parent=child)
    assert world.commit("src/a.py", me=grandchild).status == 0
    world.claim(child, "src/b.py")
    assert world.commit("src/b.py", me=bob).refused
    assert world.tried("commit", "-q", "-m", "x", me=grandchild).status == 0


def test_no_session(world: World, bob: str) -> None:
    """A commit that no session makes has every claim against it."""
    assert world.commit("src/a.py").refused
    world.quietly("reset", "-q", "--hard")
    assert world.commit("lib/c.py").status == 0


@pytest.mark.parametrize("clone", ["here", "elsewhere"])
def test_a_lease_that_ran_out(world: World, alice: str, clone: str) -> None:
    """A holder whose lease is over does not refuse; one line says how to take over.

    For a holder of another clone, whose clock may differ, two minutes more have to pass.
    """
    carol = world.session("carol", ago=1900, **({"clone": "other"} if clone == "elsewhere" else {}))
    world.claim(carol, "x", ago=1860)
    ran = world.commit("x", me=alice)
    assert ran.refused == (clone == "elsewhere")
    if clone == "here":
        assert ran.err.count("\n") == 1, "said once, though two guards ran"
        assert "stale claim of carol, whose lease has run out; git coord claim x takes it over" in ran.err
        assert not (world.coord / "pending-bypass").exists()
    dave = world.session("dave", ago=1990, clone="other")
    world.claim(dave, "y", ago=1930)
    assert world.tried("reset", "-q", "--hard").status == 0
    assert world.commit("y", me=alice).status == 0


def test_a_dead_process(world: World, alice: str, bob: str, running: Callable[[], subprocess.Popen[bytes]]) -> None:
    """A holder of this clone whose process has ended does not refuse; while it runs, it does."""
    child = running()
    world.at(bob, child.pid)
    assert world.commit("src/a.py", me=alice).refused
    child.kill()
    child.wait()
    ran = world.tried("commit", "-q", "-m", "x", me=alice)
    assert ran.status == 0
    assert "bob, whose process has ended" in ran.err


def test_a_passing_shell_says_nothing(
    world: World, alice: str, bob: str, running: Callable[[], subprocess.Popen[bytes]]
) -> None:
    """The end of a process that does not stand for its session is no end of the session."""
    child = running()
    world.at(bob, child.pid, kind="weak")
    child.kill()
    child.wait()
    assert world.commit("src/a.py", me=alice).refused


def test_a_quiet_agent(world: World, alice: str, running: Callable[[], subprocess.Popen[bytes]]) -> None:
    """A holder whose agent runs refuses after its lease too; one whose terminal only runs does not."""
    agent, shell = world.session("agent", ago=4000), world.session("shell", ago=4000)
    world.claim(agent, "x", ago=4000)
    world.claim(shell, "y", ago=4000)
    world.at(agent, running().pid)
    world.at(shell, running().pid, kind="shell")
    refused = world.commit("x", me=alice)
    assert refused.refused
    assert "while its agent runs" in refused.err
    world.quietly("reset", "-q", "--hard")
    assert world.commit("y", me=alice).status == 0


def test_a_process_of_another_clone_is_not_looked_at(
    world: World, alice: str, running: Callable[[], subprocess.Popen[bytes]]
) -> None:
    """What this clone's roster says of a session of another clone counts for nothing."""
    carol = world.session("carol", clone="other")
    world.claim(carol, "x")
    child = running()
    world.at(carol, child.pid)
    child.kill()
    child.wait()
    assert world.commit("x", me=alice).refused


def test_a_deadline_that_passed(world: World, alice: str) -> None:
    """A claim past its own deadline does not refuse, though its session lives."""
    carol = world.session("carol")
    now = world.clock.now()
    world.claim(carol, "x", until=now - 1)
    world.claim(carol, "y", until=now + 600)
    ran = world.commit("x", me=alice)
    assert ran.status == 0
    assert "whose deadline has passed" in ran.err
    refused = world.commit("y", me=alice)
    assert refused.refused
    assert "(for 10 min)" in refused.err


def rule(world: World, key: str, value: object) -> None:
    """Set a rule."""
    world.record(world.session("ruler"), "rules", key=key, value=value)


def test_a_person_may_be_warned_only(world: World, bob: str, agent: str) -> None:
    """With `person` = `warn` a person without a session passes with a warning, an agent without one does not."""
    rule(world, "person", "warn")
    world.stage("src/a.py")
    refused = world.run(agent, "-c", "git commit -q -m x; exit $?", check=False)
    assert refused.refused
    ran = world.apart("git commit -q -m x")
    assert ran.status == 0, ran.err
    assert ran.err.startswith("warning: src/a.py is claimed by bob")
    assert ran.err.count("\n") == 1
    assert world.spool == []


def test_a_person_is_refused_by_default(world: World, bob: str) -> None:
    """Without that rule a person is refused like anybody."""
    world.stage("src/a.py")
    assert world.apart("git commit -q -m x").refused


def test_a_session_is_no_person(world: World, bob: str, alice: str) -> None:
    """The rule is for those who have no session."""
    rule(world, "person", "warn")
    world.stage("src/a.py")
    assert world.apart("git commit -q -m x", me=alice).refused


def test_require_claim(world: World, alice: str) -> None:
    """With `require-claim` changing or deleting a file needs a claim of one's own; adding one does not."""
    rule(world, "require-claim", True)
    refused = world.commit("lib/c.py", me=alice)
    assert refused.refused
    assert "lib/c.py is not claimed" in refused.err
    assert "git coord claim lib/c.py" in refused.err
    assert "--wait" not in refused.err
    world.quietly("reset", "-q", "--hard")
    assert world.commit("lib/new.py", me=alice).status == 0
    world.claim(alice, "lib")
    assert world.commit("lib/c.py", me=alice).status == 0
    world.git("rm", "-q", "readme.md")
    assert world.tried("commit", "-q", "-m", "x", me=alice).refused


def test_require_claim_on_an_unborn_branch(world: World, alice: str) -> None:
    """Where there is no commit yet no file is an existing one."""
    rule(world, "require-claim", True)
    world.quietly("checkout", "-q", "--orphan", "fresh")
    assert world.tried("commit", "-q", "-m", "x", me=alice).status == 0


@pytest.mark.slow
@pytest.mark.parametrize("value", ["shared", "off"])
def test_attributes(world: World, alice: str, bob: str, value: str) -> None:
    """Paths that the `.gitattributes` of HEAD mark are exempt: from claims and from `require-claim`."""
    world.claim(bob, "log.md", "other.md")
    (world.top / ".gitattributes").write_text(f"log.md coord={value}\nother.md coord=on\n")
    world.stage("log.md")
    assert world.tried("commit", "-q", "-m", "x", me=alice).refused, "not staged yet"
    world.git("add", ".gitattributes")
    assert world.tried("commit", "-q", "-m", "x", me=alice).refused, "judged by the attributes before it"
    world.git("reset", "-q", "log.md")
    assert world.tried("commit", "-q", "-m", "x", me=alice).status == 0
    world.git("add", "log.md")
    assert world.tried("commit", "-q", "-m", "x", me=alice).status == 0
    assert world.commit("other.md", me=alice).refused
    world.quietly("reset", "-q", "--hard")
    rule(world, "require-claim", True)
    assert world.commit("log.md", me=alice).status == 0


def test_attributes_below_and_in_a_linked_worktree(world: World, alice: str, bob: str) -> None:
    """The file in the directory itself counts, with its patterns and macros, as git reads them."""
    world.claim(bob, "src/deep", "src/a.py")
    world.write("src/.gitattributes", "[attr]nobodys coord=off\ndeep/*.log nobodys\n")
    world.write(".gitattributes", "[attr]hot coord=shared\nsrc/deep/*.hot hot\n")
    world.git("add", ".")
    world.quietly("commit", "-q", "-m", "attributes")
    other = world.linked("other")
    assert other.commit("src/deep/x.hot", me=alice).status == 0
    assert other.commit("src/deep/x.log", me=alice).refused, "a macro is defined at the top only"
    assert other.commit("src/a.py", me=alice).refused


@pytest.mark.parametrize("where", ["info", "setting", "source"])
def test_other_attributes_do_not_count(world: World, alice: str, bob: str, where: str) -> None:
    """What only this clone, its configuration or the environment says takes nothing out of the guard's sight."""
    (world.top / "marks").write_text("* coord=off\n")
    said: dict[str, str] = {}
    options: list[str] = []
    if where == "info":
        (world.top / ".git/info/attributes").write_text("* coord=off\n")
    elif where == "setting":
        options = ["-c", f"core.attributesFile={world.top}/marks"]
    else:
        blob = world.git("hash-object", "-w", "marks")
        tree = world.run("sh", "-c", f"printf '100644 blob {blob}\t.gitattributes\n' | git mktree").out.strip()
        said, options = {"GIT_ATTR_SOURCE": tree}, ["-c", f"attr.tree={tree}"]
    (world.top / ".gitattributes").write_text("readme.md coord=off\n")
    world.git("add", ".gitattributes")
    world.quietly("commit", "-q", "-m", "attributes")
    world.stage("src/a.py")
    assert world.tried(*options, "commit", "-q", "-m", "x", me=alice, **said).refused


def break_ledger(world: World, how: str) -> None:
    """Damage the ledger."""
    git = world.top / ".git"
    if how == "empty ref":
        (git / "refs/coord/ledger").write_bytes(b"")
    elif how == "no ref":
        (git / "refs/coord/ledger").unlink()
    else:
        path = {"root": "", "index": "claims/paths", "directory": "claims/paths/+src/+a.py"}[how]
        oid = world.git("rev-parse", f"refs/coord/ledger:{path}")
        (git / "objects" / oid[:2] / oid[2:]).unlink()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["empty ref", "no ref", "root", "index", "directory"])
def test_an_unreadable_ledger_refuses(world: World, alice: str, bob: str, how: str) -> None:
    """With a damaged ledger the guard refuses, says how to go on, and obeys the owner's way out."""
    world.stage("src/a.py")
    break_ledger(world, how)
    refused = world.tried("commit", "-q", "-m", "x", me=bob)
    assert refused.refused
    assert "git coord doctor" in refused.err
    assert "coord.guard=off" in world.apart("git commit -q -m x").err, "a person is told the way out"
    passed = world.tried("-c", "coord.guard=off", "commit", "-q", "-m", "x", me=bob)
    assert passed.status == 0
    (record,) = world.spool
    assert (record["commit"], record["holders"]) == (world.head, [])


def test_a_newer_kind_of_claim_refuses(world: World, alice: str, bob: str) -> None:
    """An entry of the index that is not understood is not passed over."""
    tip = world.git("rev-parse", "refs/coord/ledger")
    index = world.top / ".git" / "other-index"
    env = {"GIT_INDEX_FILE": str(index)}
    world.git("read-tree", tip, **env)
    blob = world.git("hash-object", "-w", "readme.md")
    world.git("update-index", "--add", "--cacheinfo", f"100644,{blob},claims/paths/+lib/=/{'0' * 32}.x-1.odd", **env)
    tree = world.git("write-tree", **env)
    world.git("update-ref", "refs/coord/ledger", world.git("commit-tree", "-m", "odd", "-p", tip, tree))
    assert world.commit("lib/c.py", me=alice).refused


def test_nothing_claimed(world: World, alice: str) -> None:
    """A ledger that holds nothing lets everything pass, without a word."""
    ran = world.commit("src/a.py", me=alice)
    assert (ran.status, ran.err) == (0, "")


def test_separate_store(world: World, alice: str, bob: str) -> None:
    """The ledger may be in another repository, named relative to the common directory."""
    store = world.top / ".git" / "coord" / "store.git"
    world.git("clone", "-q", "--bare", "--mirror", str(world.top), str(store))
    shutil.rmtree(world.top / ".git" / "refs" / "coord")
    world.git("pack-refs", "--all")
    world.install("--store=coord/store.git")
    assert world.commit("src/a.py", me=alice).refused
    assert world.tried("commit", "-q", "-m", "x", me=bob).status == 0


def test_foreign_git_settings(world: World, alice: str, bob: str) -> None:
    """Settings of the user's that change what `git diff` shows do not blind the guard."""
    for key, value in {
        "diff.relative": "true",
        "diff.renames": "copies",
        "diff.noprefix": "true",
        "diff.external": "false",
        "color.ui": "always",
        "core.quotePath": "true",
        "status.relativePaths": "true",
    }.items():
        world.git("config", key, value)
    world.git("mv", "src/a.py", "moved.py")
    (world.top / "sub").mkdir()
    ran = world.run("sh", "-c", "cd sub && git commit -q -m x", check=False, me=alice)
    assert ran.refused
    assert "src/a.py is claimed by bob" in ran.err


def test_git_dir_in_the_environment(world: World, alice: str, bob: str) -> None:
    """With GIT_DIR and GIT_WORK_TREE, from another directory, the same repository is judged."""
    world.stage("src/a.py")
    env = {"GIT_DIR": str(world.top / ".git"), "GIT_WORK_TREE": str(world.top)}
    assert world.run("git", "-C", os.sep, "commit", "-q", "-m", "x", check=False, me=alice, **env).refused
