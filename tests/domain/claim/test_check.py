"""`git coord check`, from outside: paths, what is staged, and commits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Repo
    from support.programs import Ran


class Shared(NamedTuple):
    """Two sessions: alice holds src/a.py, bob src/b.py."""

    repo: Repo
    alice: str
    bob: str


@pytest.fixture
def shared(repo: Repo) -> Shared:
    """Two sessions, each with a claim."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.coord("claim", "src/a.py", session=alice, check=True)
    repo.coord("claim", "src/b.py", "-m", "rewrite", session=bob, check=True)
    return Shared(repo, alice, bob)


def stage(repo: Repo, path: str, content: str = "changed\n") -> None:
    """Write a file and stage it."""
    repo.write(path, content)
    repo.git("add", "--", path)


def make(repo: Repo, session: str, *paths: str, guard: str = "refuse") -> str:
    """Commit these paths as a session ('' for nobody); returns the commit."""
    for path in paths:
        stage(repo, path, f"{session} {time.time_ns()}\n")
    repo.git("-c", f"coord.guard={guard}", "commit", "-q", "-m", f"change {' '.join(paths)}", GIT_COORD_SESSION=session)
    return repo.git("rev-parse", "HEAD")


def nobodys(repo: Repo) -> Repo:
    """Another worktree, where no session is at home: a command without --session runs for nobody there."""
    return repo.worktree("nobodys")


@pytest.mark.parametrize("what", ["paths", "staged", "unclaimed", "halted"])
def test_a_refusal_says_what_to_type_from_where_one_stands(shared: Shared, what: str) -> None:
    """JSON has the conflict as a message, and a command that helps, whose paths are right below a directory, too."""
    repo = shared.repo
    stage(repo, "src/b.py")
    if what == "unclaimed":
        repo.coord("release", "--all", session=shared.bob, check=True)
        repo.coord("rules", "require-claim", "true", session=shared.bob, check=True)
    if what == "halted":
        repo.coord("halt", "-m", "stop", session=shared.bob, check=True)
    words = ["b.py"] if what == "paths" else ["--staged"]
    ran = repo.coord("-C", str(repo.top / "src"), "check", *words, "--json", session=shared.alice)
    said, remedy = {
        "paths": ("src/b.py is held by bob", "git coord claim b.py --wait 30m"),
        "staged": ("src/b.py is held by bob", "git coord claim b.py --wait 30m"),
        "unclaimed": ("src/b.py is not claimed", "git coord claim b.py"),
        "halted": ("all work is halted", "git coord resume"),
    }[what]
    assert ran.status == 1
    assert ran.json["message"].startswith(said)
    assert ran.json["remedy"].startswith(remedy)


def verdict(ran: Ran) -> tuple[int, list[str]]:
    """Exit status and the paths that are another's; the two must agree."""
    found: list[dict[str, Any]] = ran.json["conflicts"]
    assert ran.status == (1 if found or ran.json["unclaimed"] else 0)
    assert ran.json.get("reason", "") == ("held" if ran.status else "")
    return ran.status, [item["scope"] for item in found]


@pytest.mark.parametrize(
    ("wanted", "whose"),
    [
        ("src/a.py", []),
        ("free.py", []),
        ("src/b.py", ["src/b.py"]),
        ("src", ["src"]),
        (".", ["."]),
        ("src/b.py/below", ["src/b.py/below"]),
        ("src/*.py", ["src/*.py"]),
        ("src/*.txt", []),
        ("slot:deploy", []),
    ],
)
def test_paths(shared: Shared, wanted: str, whose: list[str]) -> None:
    """A file, directory or glob is another's where anything in it is: 1, with the holder; else 0."""
    repo, alice, bob = shared
    ran = repo.coord("check", wanted, "--json", session=alice)
    assert verdict(ran) == (1 if whose else 0, whose)
    assert ran.json["paths"] == 1
    for item in ran.json["conflicts"]:
        assert (item["held"]["session"], item["held"]["scope"], item["held"]["work"]) == (bob, "src/b.py", "rewrite")


def test_for_nobody_every_claim_is_anothers(shared: Shared) -> None:
    """Without a session nothing is mine; nothing is started, and people read who holds it."""
    repo = nobodys(shared.repo)
    before = repo.git("for-each-ref", "refs/coord")
    assert verdict(repo.coord("check", "src/a.py", "docs", "src/b.py", "--json")) == (1, ["src/a.py", "src/b.py"])
    ran = repo.coord("check", "src/b.py")
    assert (ran.status, "src/b.py is held by bob" in ran.out) == (1, True)
    assert repo.coord("check", "docs").status == 0
    assert repo.git("for-each-ref", "refs/coord") == before


def test_what_one_shares_is_ones_own(shared: Shared) -> None:
    """A path that I hold shared together with others is mine; one that only others share is not."""
    repo, alice, bob = shared
    repo.coord("claim", "docs", "--shared", session=bob, check=True)
    assert verdict(repo.coord("check", "docs/guide.md", "--json", session=alice))[0] == 1
    repo.coord("claim", "docs", "--shared", session=alice, check=True)
    assert verdict(repo.coord("check", "docs/guide.md", "--json", session=alice))[0] == 0


def test_what_a_gone_session_left_is_free(shared: Shared) -> None:
    """A deadline that has passed is in nobody's way, as `claim` would find."""
    repo, alice, bob = shared
    repo.coord("claim", "docs", session=bob, check=True)
    assert repo.coord("check", "docs", session=alice).status == 1
    repo.coord("renew", "docs", "--ttl", "1m", session=bob, check=True)
    assert repo.coord("check", "docs", session=alice).status == 1
    assert repo.later(62).coord("check", "docs", session=alice).status == 0


@pytest.mark.parametrize(
    "words", [[], ["src", "--staged"], ["--staged", "--range", "A..B"], ["src", "--range", "A..B"]]
)
def test_one_of_three_forms(shared: Shared, words: list[str]) -> None:
    """None of them, or two, is a usage error."""
    ran = shared.repo.coord("check", *words, "--json")
    assert (ran.status, ran.json["reason"]) == (2, "usage")


def test_staged(shared: Shared) -> None:
    """Each staged path, both sides of a rename, judged for the session; nothing staged is 0."""
    repo, alice, bob = shared
    assert verdict(repo.coord("check", "--staged", "--json", session=alice)) == (0, [])
    stage(repo, "src/a.py")
    repo.git("mv", "src/b.py", "src/c.py")
    ran = repo.coord("check", "--staged", "--json", session=alice)
    assert (verdict(ran), ran.json["paths"]) == ((1, ["src/b.py"]), 3)
    assert verdict(repo.coord("check", "--staged", "--json", session=bob)) == (1, ["src/a.py"])
    nobody = nobodys(repo)
    for path in ("src/a.py", "src/b.py"):
        stage(nobody, path)
    assert verdict(nobody.coord("check", "--staged", "--json")) == (1, ["src/a.py", "src/b.py"])
    repo.git("reset", "-q", "--hard")
    repo.write("src/b.py", "not staged\n")
    assert verdict(repo.coord("check", "--staged", "--json", session=alice)) == (0, [])


def test_staged_asks_the_index_that_git_names(shared: Shared) -> None:
    """Called by a hook under `git commit -a` it looks at the index that is committed, not at the usual one."""
    repo, alice, _ = shared
    hook = repo.top / ".git/hooks/pre-commit"
    hook.write_text("#!/bin/sh\nexec git coord check --staged -q\n")
    hook.chmod(0o755)
    repo.write("src/b.py", "changed\n")
    off = ("-c", "coord.guard=off")
    ran = repo.run("git", *off, "commit", "-qam", "x", check=False, GIT_COORD_SESSION=alice)
    assert ran.status == 1
    repo.git("checkout", "-q", "src/b.py")
    repo.write("src/a.py", "changed\n")
    repo.git(*off, "commit", "-qam", "x", GIT_COORD_SESSION=alice)


def test_staged_with_rules_and_attributes(shared: Shared) -> None:
    """require-claim names existing paths that nobody claims; coord=off and coord=shared in HEAD are out of sight."""
    repo, alice, _ = shared
    repo.coord("rules", "require-claim", "true", session=alice, check=True)
    for path in ("new", "docs/guide.md", "src/a.py", "src/b.py"):
        stage(repo, path)
    ran = repo.coord("check", "--staged", "--json", session=alice)
    assert verdict(ran) == (1, ["src/b.py"])
    assert ran.json["unclaimed"] == ["docs/guide.md"]
    repo.git("reset", "-q")
    stage(repo, ".gitattributes", "src/b.py coord=shared\ndocs/* coord=off\n")
    repo.git("commit", "-q", "-m", "attributes", GIT_COORD_SESSION=alice)
    for path in ("new", "docs/guide.md", "src/a.py", "src/b.py"):
        stage(repo, path)
    assert verdict(repo.coord("check", "--staged", "--json", session=alice)) == (0, [])


def test_staged_in_a_merge(shared: Shared) -> None:
    """What the other branch landed is not this session's work; what it changes itself is."""
    repo, alice, bob = shared
    repo.git("checkout", "-q", "-b", "other")
    make(repo, bob, "src/b.py")
    repo.git("checkout", "-q", "main")
    make(repo, alice, "src/a.py")
    repo.git("merge", "-q", "--no-commit", "--no-ff", "other", GIT_COORD_SESSION=alice)
    assert verdict(repo.coord("check", "--staged", "--json", session=alice)) == (0, [])
    stage(repo, "src/b.py", "alice's own idea\n")
    assert verdict(repo.coord("check", "--staged", "--json", session=alice)) == (1, ["src/b.py"])


@pytest.mark.slow
def test_staged_says_what_the_guard_says(repo: Repo) -> None:
    """Claims of every kind, paths of every relation to them: check and the pre-commit hook always agree."""
    alice, bob = repo.start("alice"), repo.start("bob")
    parent = repo.start("parent")
    child = repo.start("child", "--parent", parent)
    claim = (
        (bob, ("exact", "dir/", "glob/**/*.py", "glob/*.c", "up/er/deep", ":(literal)f[1]", "./:x")),
        (bob, ("common", "--shared")),
        (alice, ("common/mine", "--shared")),
        (bob, ("late", "--ttl", "1s")),
        (parent, ("parents",)),
        (child, ("childs",)),
    )
    for session, scopes in claim:
        repo.coord("claim", *scopes, session=session, check=True)
    time.sleep(2.1)
    paths = [
        *("exact", "exact2", "dir/x", "dirx", "glob/a.py", "glob/b/c.py", "glob/a.c", "glob/b/a.c", "glob/a.txt"),
        *("glob", "up", "up/er/deep/x", "f[1]", "f1", ":x", "common/mine", "common/x", "late", "parents", "childs"),
    ]
    expected = {
        alice: {"exact", "dir/x", "glob/a.py", "glob/b/c.py", "glob/a.c", "up", "up/er/deep/x", "f[1]", ":x"}
        | {"common/x", "parents", "childs"},
        child: {*paths} - {"exact2", "dirx", "glob", "glob/b/a.c", "glob/a.txt", "f1", "late", "parents", "childs"},
    }
    for session, held in expected.items():
        found = {path for path in paths if self_and_guard_agree(repo, session, path)}
        assert found == held


def self_and_guard_agree(repo: Repo, session: str, path: str) -> bool:
    """Whether the path is refused, by check and by the guard alike. Leaves nothing staged."""
    blob = repo.run("git", "hash-object", "-w", "--stdin", stdin="x").out.strip()
    repo.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    said, _ = verdict(repo.coord("check", "--staged", "--json", session=session))
    hook = repo.run(".git/coord/hooks/pre-commit", check=False, GIT_COORD_SESSION=session)
    assert hook.status == said, (path, hook.err)
    repo.git("rm", "-q", "--cached", "--", f":(literal){path}")
    return said == 1


def test_range(shared: Shared) -> None:
    """Each commit of a range is judged: those between that another's claim forbids are named, with the commit."""
    repo, alice, _ = shared
    first = repo.git("rev-parse", "HEAD")
    make(repo, alice, "src/a.py")
    wrong = make(repo, alice, "src/b.py", "free", guard="off")
    make(repo, alice, "src/b.py", guard="off")
    repo.git("revert", "-n", "HEAD", "HEAD~1")  # nothing of it is left in the end
    repo.git("-c", "coord.guard=off", "commit", "-q", "-m", "back", GIT_COORD_SESSION=alice)
    ran = repo.coord("check", "--range", f"{first}..HEAD", "--json", session=alice)
    status, paths = verdict(ran)
    assert (status, set(paths), ran.json["paths"]) == (1, {"src/b.py"}, 3)
    assert ran.json["conflicts"][0]["commit"] == wrong
    assert len(ran.json["conflicts"]) == 3
    assert verdict(repo.coord("check", "--range", f"{first}..HEAD~3", "--json", session=alice)) == (0, [])
    assert verdict(repo.coord("check", "--range", "HEAD..HEAD", "--json", session=alice)) == (0, [])
    said = repo.coord("check", "--range", f"{first}..", session=alice).out
    assert f"commit {wrong[:10]}: src/b.py is held by bob" in said


@pytest.mark.slow
def test_range_lets_pass_what_the_holder_made(shared: Shared) -> None:
    """A commit of the holder's, on record here or by its note, passes for all, and a pick of it; others' do not."""
    repo, alice, bob = shared
    nobody, first = nobodys(repo), repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-q", "-b", "bobs")
    his = make(repo, bob, "src/b.py")
    assert verdict(nobody.coord("check", "--range", f"{first}..bobs", "--json")) == (0, [])
    repo.git("checkout", "-q", "main")
    make(repo, "", "free")
    repo.git("cherry-pick", his, GIT_COORD_SESSION=bob)
    repo.coord("claims", check=True)  # then all notes are there
    repo.git("notes", "--ref=coord", "remove", "HEAD")
    assert verdict(nobody.coord("check", "--range", f"{first}..main", "--json")) == (0, [])
    repo.git("commit", "-q", "--amend", "-m", f"other\n\n(cherry picked from commit {his})", "--no-verify")
    make(repo, alice, "src/b.py", guard="off")
    found = nobody.coord("check", "--range", f"{first}..main", "--json").json["conflicts"]
    assert [item["commit"] for item in found] == [repo.git("rev-parse", "HEAD")]
    repo.git("update-ref", "-d", "refs/notes/coord")
    assert verdict(nobody.coord("check", "--range", f"{first}..bobs", "--json")) == (0, [])  # it is on record here
    (repo.top / ".git/coord/makers").unlink()
    assert verdict(nobody.coord("check", "--range", f"{first}..bobs", "--json")) == (1, ["src/b.py"])


@pytest.mark.slow
def test_range_with_renames_and_merges(shared: Shared) -> None:
    """Both sides of a rename count; a merge only by what differs from all its parents."""
    repo, alice, bob = shared
    first = repo.git("rev-parse", "HEAD")
    repo.git("mv", "src/b.py", "src/moved.py")
    repo.git("-c", "coord.guard=off", "commit", "-q", "-m", "move", GIT_COORD_SESSION=alice)
    assert verdict(repo.coord("check", "--range", f"{first}..", "--json", session=alice)) == (1, ["src/b.py"])
    repo.git("reset", "-q", "--hard", first)
    repo.git("checkout", "-q", "-b", "bobs")
    make(repo, bob, "src/b.py")
    repo.git("checkout", "-q", "main")
    make(repo, alice, "src/a.py")
    repo.git("merge", "-q", "--no-edit", "bobs", GIT_COORD_SESSION=alice)
    assert verdict(repo.coord("check", "--range", f"{first}..", "--json", session=alice)) == (0, [])
    stage(repo, "src/b.py", "slipped in\n")
    off = ("-c", "coord.guard=off")
    repo.git(*off, "commit", "-q", "--amend", "--no-edit", GIT_COORD_SESSION=alice)
    assert verdict(repo.coord("check", "--range", f"{first}..", "--json", session=alice)) == (1, ["src/b.py"])


def test_range_with_strange_names(shared: Shared) -> None:
    """Names with line ends and bytes that are not UTF-8 are judged like others."""
    repo, alice, bob = shared
    repo.coord("claim", "./two\nlines", "./bad\udcff", session=bob, check=True)
    for name in ("two\nlines", "bad\udcff", "good name"):
        (repo.top / name).write_text("x\n")
        repo.git("add", "--", name)
    repo.git("-c", "coord.guard=off", "commit", "-q", "-m", "odd", GIT_COORD_SESSION=alice)
    ran = repo.coord("check", "--range", "HEAD~1..", "--json", session=alice)
    status, paths = verdict(ran)
    assert (status, set(paths), ran.json["paths"]) == (1, {"two\nlines", "bad\udcff"}, 3)


@pytest.mark.parametrize("text", ["HEAD", "nope..HEAD", "HEAD..nope", "HEAD...HEAD", "--all..HEAD", "0000000..HEAD"])
def test_what_is_no_range(shared: Shared, text: str) -> None:
    """A usage error, never an empty range that passes."""
    ran = shared.repo.coord("check", "--json", f"--range={text}")
    assert (ran.status, ran.json["reason"]) == (2, "usage")


def test_in_a_bare_clone(shared: Shared, tmp_path: Path) -> None:
    """A hub, or a CI job without a session: same verdict, notes and attributes from what was fetched."""
    repo, alice, bob = shared
    stage(repo, ".gitattributes", "hot coord=shared\n")
    make(repo, alice, "hot", ".gitattributes")
    repo.write(".gitattributes", "hot coord=shared\n")
    repo.git("add", ".gitattributes")
    repo.git("commit", "-q", "-m", "attributes", GIT_COORD_SESSION=alice)
    repo.coord("claim", "hot", session=bob, check=True)
    first = repo.git("rev-parse", "HEAD")
    make(repo, bob, "src/b.py")
    make(repo, alice, "hot")
    repo.coord("whoami", session=alice, check=True)  # the notes of these commits are written by now
    bare = type(repo)(tmp_path / "bare.git", repo.env)
    repo.git("clone", "-q", "--bare", ".", str(bare.top))
    bare.git("fetch", "-q", "origin", "refs/coord/*:refs/coord/*", "refs/notes/coord:refs/notes/coord")
    bare.coord("init", "--hooks", "none", check=True)
    assert verdict(bare.coord("check", "src/b.py", "--json")) == (1, ["src/b.py"])
    assert verdict(bare.coord("check", "--range", f"{first}..main", "--json")) == (0, [])
    wrong = make(repo, alice, "src/b.py", guard="off")
    bare.git("fetch", "-q", "origin", "main:main")
    ran = bare.coord("check", "--range", f"{first}..main", "--json")
    assert (verdict(ran), ran.json["conflicts"][0]["commit"]) == ((1, ["src/b.py"]), wrong)
    assert bare.coord("check", "--staged", "--json").json["reason"] == "usage"
    assert not list((bare.top / "coord").glob("index.*"))


def test_a_history_that_was_cut_off_is_no_answer(shared: Shared, tmp_path: Path) -> None:
    """In a shallow checkout whose history ends within the range: cannot tell, never a false alarm or a pass."""
    repo, alice, _ = shared
    for _ in range(3):
        make(repo, alice, "src/a.py")
    ci = type(repo)(tmp_path / "ci", repo.env)
    repo.git("clone", "-q", "--depth", "2", f"file://{repo.top}", str(ci.top))
    ci.git("fetch", "-q", "origin", "refs/coord/*:refs/coord/*")
    ci.git("fetch", "-q", "--depth=1", "origin", repo.git("rev-parse", "HEAD~3"))
    ci.coord("init", "--hooks", "none", "--no-hub", check=True)  # no notes: nobody knows who made them
    ran = ci.coord("check", "--range", "FETCH_HEAD..HEAD", "--json")
    assert (ran.status, "git fetch --unshallow" in ran.json["hint"]) == (3, True)
    assert ci.coord("check", "--range", "HEAD~1..HEAD", "--json").status == 1
