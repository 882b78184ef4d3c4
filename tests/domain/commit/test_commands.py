"""`git coord commit`, from outside: real repositories, real hooks, two sessions that share one index."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest
from support.torture import every

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Repo


class Shared(NamedTuple):
    """One worktree, two sessions: alice holds src/a.py, bob src/b.py. Nobody holds docs/guide.md."""

    repo: Repo
    alice: str
    bob: str


@pytest.fixture
def shared(repo: Repo) -> Shared:
    """Two sessions in one worktree, each with a claim."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.coord("claim", "src/a.py", session=alice, check=True)
    repo.coord("claim", "src/b.py", session=bob, check=True)
    return Shared(repo, alice, bob)


def stage(repo: Repo, path: str, content: str) -> None:
    """Write a file and stage it."""
    repo.write(path, content)
    repo.git("add", "--", path)


def everything(repo: Repo) -> tuple[str, ...]:
    """All that a commit could disturb: HEAD, index, what is staged, what is not, files git does not know."""
    return (
        repo.git("rev-parse", "-q", "--verify", "HEAD", check=False),
        repo.git("ls-files", "-s", "-z"),
        repo.git("diff"),
        repo.git("diff", "--cached"),
        repo.git("status", "--porcelain", "-z"),
    )


def entry(repo: Repo, path: str) -> str:
    """The index entry of a path."""
    return repo.git("ls-files", "-s", "--", path)


def changed(repo: Repo, commit: str = "HEAD") -> list[str]:
    """The paths that a commit changed, with how."""
    out = repo.git("diff-tree", "-r", "-z", "--root", "--no-commit-id", "--name-status", "--no-renames", commit)
    fields = out.split("\0")
    return [f"{status} {path}" for status, path in zip(fields[::2], fields[1::2], strict=False)]


def hook(repo: Repo, name: str, *lines: str) -> None:
    """Put a hook of the user's behind ours, as `init` finds it: ours runs first."""
    repo.coord("uninit", check=True)
    file = repo.top / ".git/hooks" / name
    file.write_text("#!/bin/sh\n" + "\n".join(lines) + "\n")
    file.chmod(0o755)
    repo.coord("init", check=True)


def leftovers(repo: Repo) -> list[str]:
    """Copies of the index that were not cleaned up."""
    return [path.name for path in (repo.top / ".git/coord").glob("index.*")]


def test_a_neighbours_staging_stays_byte_for_byte(shared: Shared) -> None:
    """Own and unclaimed paths are committed; what bob staged, and what is not staged, is exactly as before."""
    repo, alice, bob = shared
    stage(repo, "src/b.py", "bob's, staged\n")
    repo.write("src/b.py", "bob's, staged\nand not yet\n")
    bobs = entry(repo, "src/b.py"), repo.git("diff", "--", "src/b.py"), repo.git("diff", "--cached", "--", "src/b.py")
    stage(repo, "src/a.py", "alice's\n")
    stage(repo, "docs/guide.md", "nobody's\n")
    before = repo.git("ls-files", "-s")
    ran = repo.coord("commit", "-m", "mine", session=alice, check=True)
    assert changed(repo) == ["M docs/guide.md", "M src/a.py"]
    assert repo.git("log", "-1", "--format=%s") == "mine"
    assert f"left src/b.py: claimed by bob ({bob})" in ran.out
    assert repo.git("ls-files", "-s") == before
    after = entry(repo, "src/b.py"), repo.git("diff", "--", "src/b.py"), repo.git("diff", "--cached", "--", "src/b.py")
    assert after == bobs
    assert repo.git("diff", "--cached", "--name-only") == "src/b.py"
    assert leftovers(repo) == []


def test_bob_commits_his_own_afterwards(shared: Shared) -> None:
    """Two sessions commit one after the other from one index, each its own, each in its own name."""
    repo, alice, bob = shared
    stage(repo, "src/b.py", "bob's\n")
    stage(repo, "src/a.py", "alice's\n")
    repo.coord("commit", "-m", "hers", session=alice, check=True)
    repo.coord("commit", "-m", "his", session=bob, check=True)
    assert (changed(repo, "HEAD~1"), changed(repo)) == (["M src/a.py"], ["M src/b.py"])
    assert repo.git("status", "--porcelain") == ""
    for commit, session in (("HEAD~1", alice), ("HEAD", bob)):
        assert f"Coord-Session: {session}" in repo.git("notes", "--ref=coord", "show", commit)


def test_unstaged_hunks_of_a_committed_file_stay_unstaged(shared: Shared) -> None:
    """`git commit -- FILE` would take them along; this does not."""
    repo, alice, _ = shared
    stage(repo, "src/a.py", "staged\n")
    repo.write("src/a.py", "staged\nnot staged\n")
    repo.coord("commit", "-m", "half", session=alice, check=True)
    assert repo.git("show", "HEAD:src/a.py") == "staged"
    assert repo.git("status", "--porcelain") == " M src/a.py"
    assert (repo.top / "src/a.py").read_text() == "staged\nnot staged\n"


def test_deletion_rename_new_file_and_mode(repo: Repo) -> None:
    """Every kind of change is committed as it was staged; a rename into a neighbour's directory is left whole."""
    repo.write("src/c.py", "c, long enough to be found again\n")
    repo.write("run.sh", "echo\n")
    repo.git("add", ".")
    repo.git("commit", "-q", "-m", "more")
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.coord("claim", "theirs", session=bob, check=True)
    repo.git("rm", "-q", "src/a.py")
    repo.git("mv", "src/b.py", "src/renamed.py")
    (repo.top / "theirs").mkdir()
    repo.git("mv", "src/c.py", "theirs/c.py")
    repo.git("update-index", "--chmod=+x", "run.sh")
    stage(repo, "new dir/new", "new\n")
    ran = repo.coord("commit", "-m", "all kinds", "--json", session=alice, check=True)
    kinds = ["A new dir/new", "M run.sh", "D src/a.py", "D src/b.py", "D src/c.py", "A src/renamed.py"]
    assert changed(repo) == kinds
    assert repo.git("ls-tree", "HEAD", "run.sh").startswith("100755")
    assert [item["path"] for item in ran.json["left"]] == ["theirs/c.py"]
    assert repo.git("diff", "--cached", "--name-status") == "A\ttheirs/c.py"


def test_a_submodules_pointer_is_committed_like_a_file(shared: Shared) -> None:
    """A staged gitlink of one's own is committed, a neighbour's is left."""
    repo, alice, bob = shared
    tip = repo.git("rev-parse", "HEAD")
    repo.coord("claim", "vendor/theirs", session=bob, check=True)
    for path in ("vendor/mine", "vendor/theirs"):
        repo.git("update-index", "--add", "--cacheinfo", f"160000,{tip},{path}")
    repo.coord("commit", "-m", "pointer", session=alice, check=True)
    assert changed(repo) == ["A vendor/mine"]
    assert repo.git("diff", "--cached", "--name-only", "--ignore-submodules=none") == "vendor/theirs"


def test_strange_names(shared: Shared) -> None:
    """Spaces, line ends, quotes, bytes that are not UTF-8 and pathspec magic are just names."""
    repo, alice, bob = shared
    names = ["with space", "two\nlines", 'quo"te', "bad\udcff", ":(top)x", "[a]*", "ünï"]
    for name in names:
        stage_raw(repo, name)
    repo.coord("claim", "./their \udcfe*", "--shared", session=bob, check=True)
    stage_raw(repo, "their \udcfe1")
    ran = repo.coord("commit", "-m", "odd", "--json", session=alice, check=True)
    assert ran.json["left"][0]["session"] == bob
    listed = set(repo.git("ls-tree", "-r", "--name-only", "-z", "HEAD").split("\0"))
    assert set(names) <= listed
    assert "their \udcfe1" not in listed
    assert set(ran.json["paths"]) == set(names)


def stage_raw(repo: Repo, name: str) -> None:
    """Write and stage a file whose name may be anything."""
    (repo.top / name).write_text("odd\n")
    repo.git("--literal-pathspecs", "add", "--", name)


@pytest.mark.slow
def test_amend_takes_what_is_staged_of_ones_own(shared: Shared) -> None:
    """--amend replaces HEAD, with nothing staged too; a neighbour's staging stays out of it."""
    repo, alice, _ = shared
    root = repo.git("rev-parse", "HEAD")
    stage(repo, "src/a.py", "one\n")
    repo.coord("commit", "-m", "one", session=alice, check=True)
    stage(repo, "src/b.py", "bob's\n")
    stage(repo, "src/a.py", "two\n")
    repo.coord("commit", "--amend", "--no-edit", session=alice, check=True)
    assert repo.git("rev-parse", "HEAD~1") == root
    assert (repo.git("show", "HEAD:src/a.py"), changed(repo)) == ("two", ["M src/a.py"])
    repo.coord("commit", "--amend", "-m", "reworded", session=alice, check=True)
    assert repo.git("log", "--format=%s") == "reworded\nfirst"
    assert repo.git("diff", "--cached", "--name-only") == "src/b.py"


def test_an_aborted_message_leaves_everything(shared: Shared) -> None:
    """An empty message: git's own word, exit status 1, nothing moved."""
    repo, alice, _ = shared
    stage(repo, "src/a.py", "alice's\n")
    stage(repo, "src/b.py", "bob's\n")
    before = everything(repo)
    ran = repo.coord("commit", session=alice)  # the editor is `true`
    assert (ran.status, everything(repo)) == (1, before)
    assert "empty commit message" in ran.err
    assert "git commit ended with status 1" in ran.err
    assert leftovers(repo) == []


def test_the_editor_gets_the_message(shared: Shared) -> None:
    """Without -m git's editor runs, and sees as staged what will be committed and nothing else."""
    repo, alice, _ = shared
    stage(repo, "src/a.py", "alice's\n")
    stage(repo, "src/b.py", "bob's\n")
    editor = 'sh -c \'cp "$1" seen; echo typed > "$1"\' -'
    ran = repo.run("git", "coord", "commit", GIT_COORD_SESSION=alice, GIT_EDITOR=editor)
    assert repo.git("log", "-1", "--format=%s") == "typed"
    staged, _, rest = (repo.top / "seen").read_text().partition("not staged")
    assert ("src/a.py" in staged, "src/b.py" in staged, "src/b.py" in rest) == (True, False, True), ran.err


def test_a_failing_hook_of_the_user_leaves_everything(shared: Shared) -> None:
    """The user's pre-commit runs, as in a plain commit; where it fails nothing has moved."""
    repo, alice, _ = shared
    hook(repo, "pre-commit", "git diff --cached --name-only > .git/judged", "exit 1")
    stage(repo, "src/a.py", "alice's\n")
    stage(repo, "src/b.py", "bob's\n")
    before = everything(repo)
    ran = repo.coord("commit", "-m", "x", "--json", session=alice)
    assert (ran.status, ran.json["reason"], ran.json["git_status"]) == (1, "git", 1)
    assert everything(repo) == before
    assert (repo.top / ".git/judged").read_text() == "src/a.py\n"
    assert leftovers(repo) == []


def test_what_a_formatting_hook_adds_again_reaches_the_real_index(shared: Shared) -> None:
    """A hook that changes files and adds them commits them changed; the real index follows for those paths alone."""
    repo, alice, _ = shared
    hook(
        repo,
        "pre-commit",
        "for file in $(git diff --cached --name-only); do echo formatted >> $file; git add $file; done",
        "echo made > made; git add made",
    )
    stage(repo, "src/b.py", "bob's\n")
    bobs = entry(repo, "src/b.py")
    stage(repo, "src/a.py", "alice's\n")
    ran = repo.coord("commit", "-m", "x", "--json", session=alice, check=True)
    assert repo.git("show", "HEAD:src/a.py") == "alice's\nformatted"
    assert ran.json["paths"] == ["made", "src/a.py"]
    assert entry(repo, "src/b.py") == bobs
    assert repo.git("status", "--porcelain") == "M  src/b.py"


def test_what_was_staged_anew_meanwhile_is_not_overwritten(shared: Shared) -> None:
    """Somebody stages the path again while the hooks run: the real index keeps that, the commit has what was copied."""
    repo, alice, _ = shared
    hook(
        repo,
        "pre-commit",
        "echo formatted > src/a.py; git add src/a.py",
        "echo newer > src/a.py; env -u GIT_INDEX_FILE git add src/a.py",
    )
    stage(repo, "src/a.py", "alice's\n")
    repo.coord("commit", "-m", "x", session=alice, check=True)
    assert repo.git("show", "HEAD:src/a.py") == "formatted"
    assert repo.git("show", ":src/a.py") == "newer"


def test_the_first_commit(repo: Repo) -> None:
    """Before the first commit of a repository, or of a branch, it works the same."""
    repo.git("checkout", "-q", "--orphan", "young")
    repo.git("rm", "-rqf", ".")
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.coord("claim", "theirs", session=bob, check=True)
    stage(repo, "theirs/x", "bob's\n")
    stage(repo, "mine", "alice's\n")
    repo.coord("commit", "-m", "first", session=alice, check=True)
    assert changed(repo) == ["A mine"]
    assert repo.git("status", "--porcelain") == "A  theirs/x"
    repo.coord("commit", "-m", "second", session=bob, check=True)
    assert repo.git("log", "--format=%s") == "second\nfirst"


def conflict(shared: Shared, how: str) -> None:
    """A merge or its like stands still in the middle, with a conflict in alice's file that is mended and staged."""
    repo, alice, _ = shared
    repo.git("checkout", "-q", "-b", "other")
    stage(repo, "new.py", "theirs\n")
    stage(repo, "src/a.py", "theirs\n")
    repo.git("commit", "-q", "-m", "theirs", GIT_COORD_SESSION=alice)
    repo.git("checkout", "-q", "main")
    stage(repo, "src/a.py", "ours\n")
    repo.git("commit", "-q", "-m", "ours", GIT_COORD_SESSION=alice)
    repo.git(how, "other", check=False, GIT_COORD_SESSION=alice)
    stage(repo, "src/a.py", "mended\n")


def test_refused_in_the_middle_of_a_rebase(shared: Shared) -> None:
    """A rebase goes on with its own command: usage error, nothing moved."""
    conflict(shared, "rebase")
    repo, alice, _ = shared
    before = everything(repo)
    ran = repo.coord("commit", "-m", "x", "--json", session=alice)
    assert (ran.status, ran.json["reason"]) == (2, "usage")
    assert "rebase" in ran.json["message"]
    assert everything(repo) == before


@pytest.mark.slow
@pytest.mark.parametrize("how", ["merge", "cherry-pick", "revert"])
def test_a_merge_is_committed_as_a_whole(shared: Shared, how: str) -> None:
    """All that is staged is committed, what the other side brought too, and nothing is under way any longer."""
    conflict(shared, how)
    repo, alice, _ = shared
    mine, theirs = repo.git("rev-parse", "HEAD"), repo.git("rev-parse", "other")
    tree = repo.git("write-tree")
    ran = repo.coord("commit", "-m", "mended", "--json", session=alice, check=True)
    assert repo.git("rev-parse", "HEAD") == ran.json["commit"]
    assert repo.git("rev-parse", "HEAD^{tree}") == tree
    assert repo.git("rev-parse", "HEAD^@").split() == ([mine, theirs] if how == "merge" else [mine])
    assert repo.git("status", "--porcelain") == ""
    assert "You are currently" not in repo.git("status")
    assert repo.git("log", "-1", "--notes=coord", "--format=%N").startswith(f"Coord-Session: {alice}")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["merge", "cherry-pick", "revert"])
def test_a_merge_that_others_stand_in_the_way_of_is_refused(shared: Shared, how: str) -> None:
    """What somebody else claims, and no side of a merge has, refuses all of it; so do named paths. Nothing moved."""
    conflict(shared, how)
    repo, alice, bob = shared
    before = everything(repo)
    ran = repo.coord("commit", "-m", "x", "src/a.py", "--json", session=alice)
    assert (ran.status, ran.json["reason"]) == (2, "usage")
    assert everything(repo) == before
    stage(repo, "src/b.py", "alice's\n")
    before = everything(repo)
    ran = repo.coord("commit", "-m", "x", "--json", session=alice)
    assert (ran.status, ran.json["reason"]) == (1, "held")
    assert f"src/b.py is claimed by bob ({bob})" in ran.json["message"]
    assert everything(repo) == before
    assert repo.git(how, "--abort") == ""


def test_a_merge_that_brings_what_others_claim(shared: Shared) -> None:
    """What the other branch has is its makers' work: the merge is committed, with nothing of ours in it too."""
    repo, alice, _ = shared
    repo.git("checkout", "-q", "-b", "other")
    stage(repo, "src/b.py", "bob's\n")
    repo.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "theirs")
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "--no-commit", "other")
    repo.coord("commit", "-m", "merged", session=alice, check=True)
    assert len(repo.git("rev-parse", "HEAD^@").split()) == 2
    repo.git("reset", "-q", "--hard", "HEAD^")
    repo.git("merge", "-q", "-s", "ours", "--no-commit", "other")
    repo.coord("commit", "-m", "ours", session=alice, check=True)
    assert len(repo.git("rev-parse", "HEAD^@").split()) == 2


def test_a_linked_worktree_has_its_own_index(shared: Shared) -> None:
    """In a linked worktree its own index is used, and its own branch moves."""
    repo, alice, _ = shared
    other = repo.worktree("other")
    stage(repo, "docs/guide.md", "in main\n")
    stage(other, "src/a.py", "alice's\n")
    stage(other, "src/b.py", "bob's\n")
    other.coord("commit", "-m", "there", session=alice, check=True)
    assert changed(repo, "other") == ["M src/a.py"]
    assert other.git("status", "--porcelain") == "M  src/b.py"
    assert repo.git("log", "--format=%s", "main") == "first"
    assert repo.git("diff", "--cached", "--name-only") == "docs/guide.md"


def test_from_a_subdirectory(shared: Shared) -> None:
    """From below the top all that is staged counts, and files named on the command line are found from there."""
    repo, alice, _ = shared
    repo.write("src/message", "from a file\n")
    stage(repo, "src/a.py", "alice's\n")
    stage(repo, "src/b.py", "bob's\n")
    stage(repo, "docs/guide.md", "new\n")
    repo.git("config", "diff.relative", "true")
    ran = repo.run("git", "coord", "commit", "-F", "message", "-C", "src", GIT_COORD_SESSION=alice)
    assert repo.git("log", "-1", "--format=%s") == "from a file", ran.err
    assert changed(repo) == ["M docs/guide.md", "M src/a.py"]
    assert repo.git("status", "--porcelain") == "M  src/b.py\n?? src/message"


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    every(
        3,
        [
            ("-a",),
            ("-am", "x"),
            ("--all",),
            ("--al",),
            ("-i", "src/a.py"),
            ("--include",),
            ("-o",),
            ("--only",),
            ("-p",),
            ("--patch",),
            ("--interactive",),
            ("--int",),
            ("--pathspec-from-file=list",),
            ("--pathspec-from-file", "list"),
            ("src/b.py",),
            ("--", "docs"),
            ("-Smaria@example.com",),
            ("-unormal",),
        ],
    ),
)
def test_options_that_reach_beyond_what_is_staged_are_refused(shared: Shared, options: tuple[str, ...]) -> None:
    """Usage error with a hint, nothing moved, whatever way they are written."""
    repo, alice, _ = shared
    stage(repo, "src/a.py", "alice's\n")
    repo.write("src/b.py", "bob's, unstaged\n")
    before = everything(repo)
    ran = repo.coord("commit", "--json", "-m", "x", *options, session=alice)
    assert (ran.status, ran.json["reason"]) == (2, "usage")
    assert ran.json["hint"]
    assert everything(repo) == before


def test_options_reach_git_as_they_were_typed(shared: Shared) -> None:
    """Messages that look like options of ours, several of them, and options that only git knows."""
    repo, alice, _ = shared
    stage(repo, "src/a.py", "one\n")
    options = ("-m", "-q", "-mCleanup", "--message=--json", "--author", "B <b@example.com>", "--no-verify", "-s")
    ran = repo.coord("commit", *options, "--date=2020-01-02T03:04:05Z", "--trailer", "Issue: 7", session=alice)
    assert ran.status == 0, ran.err
    said = repo.git("log", "-1", "--format=%an %ad%n%B", "--date=format:%Y")
    trailers = "Signed-off-by: A Person <person@example.com>\nIssue: 7"
    assert said.strip() == f"B 2020\n-q\n\nCleanup\n\n--json\n\n{trailers}"
    assert ran.out.startswith("[main ")
    stage(repo, "src/a.py", "two\n")
    quiet = repo.coord("commit", "-qm", "quiet", session=alice, check=True)
    assert (quiet.out, repo.git("log", "-1", "--format=%s")) == ("", "quiet")


def test_nothing_of_ones_own(shared: Shared) -> None:
    """Exit status 1, reason empty, and whose the staged paths are."""
    repo, alice, bob = shared
    ran = repo.coord("commit", "-m", "x", session=alice)
    assert (ran.status, "nothing of yours is staged" in ran.err) == (1, True)
    stage(repo, "src/b.py", "bob's\n")
    before = everything(repo)
    ran = repo.coord("commit", "-m", "x", session=alice)
    assert (ran.status, f"claimed by bob ({bob})" in ran.err) == (1, True)
    ran = repo.coord("commit", "-m", "x", "--json", session=alice)
    assert (ran.status, ran.json["reason"], ran.json["commit"]) == (1, "empty", "")
    assert ran.json["left"] == [{"path": "src/b.py", "session": bob, "name": "bob", "why": "held", "role": ""}]
    assert everything(repo) == before


def test_json(shared: Shared) -> None:
    """Standard output is one object with commit, paths and what was left; what git says is on standard error."""
    repo, alice, bob = shared
    stage(repo, "src/a.py", "alice's\n")
    stage(repo, "src/b.py", "bob's\n")
    ran = repo.coord("--session", alice, "commit", "-m", "x", "--json", check=True)
    assert ran.json["commit"] == repo.git("rev-parse", "HEAD")
    assert f"Coord-Session: {alice}" in repo.git("notes", "--ref=coord", "show")
    assert (ran.json["session"], ran.json["paths"]) == (alice, ["src/a.py"])
    assert ran.json["left"] == [{"path": "src/b.py", "session": bob, "name": "bob", "why": "held", "role": ""}]
    assert "[main " in ran.err


def test_a_session_is_started_where_there_is_none(repo: Repo) -> None:
    """Without a claim anywhere everything staged is one's own."""
    stage(repo, "src/a.py", "mine\n")
    repo.git("rm", "-q", "src/b.py")
    ran = repo.coord("commit", "-m", "x", check=True)
    assert "started session" in ran.err
    assert changed(repo) == ["M src/a.py", "D src/b.py"]


def test_a_dry_run_commits_nothing(shared: Shared) -> None:
    """--dry-run shows what would be committed, through git."""
    repo, alice, _ = shared
    stage(repo, "src/a.py", "alice's\n")
    stage(repo, "src/b.py", "bob's\n")
    before = everything(repo)
    ran = repo.coord("commit", "--dry-run", session=alice, check=True)
    assert "modified:   src/a.py" in ran.out.partition("not staged")[0]
    assert "\ncommitted " not in ran.out
    assert everything(repo) == before


def test_what_is_only_meant_to_be_added_stays_so(shared: Shared) -> None:
    """An entry of `git add -N` is not staged: it is neither committed nor lost."""
    repo, alice, _ = shared
    repo.write("later")
    repo.git("add", "-N", "later")
    ran = repo.coord("commit", "-m", "x", "--json", session=alice)
    assert ran.json["reason"] == "empty"
    stage(repo, "src/a.py", "alice's\n")
    repo.coord("commit", "-m", "x", session=alice, check=True)
    assert changed(repo) == ["M src/a.py"]
    assert repo.git("status", "--porcelain") == " A later"


@pytest.mark.slow
def test_an_unmerged_path_is_an_error_only_for_its_owner(shared: Shared) -> None:
    """A neighbour's conflict (a stash that did not apply) does not keep others from committing; one's own does."""
    repo, alice, bob = shared
    repo.write("src/b.py", "stashed\n")
    repo.git("stash", "-q")
    stage(repo, "src/b.py", "other\n")
    repo.coord("commit", "-m", "bob's", session=bob, check=True)
    repo.git("stash", "pop", "-q", check=False)
    stages = entry(repo, "src/b.py")
    assert len(stages.splitlines()) == 3
    stage(repo, "src/a.py", "alice's\n")
    refused = repo.coord("commit", "-m", "x", "--json", session=bob)
    assert (refused.status, "not merged" in refused.json["message"]) == (2, True)
    repo.coord("commit", "-m", "x", session=alice, check=True)
    assert changed(repo) == ["M src/a.py"]
    assert entry(repo, "src/b.py") == stages


def test_a_path_that_the_rules_want_claimed_is_left(shared: Shared) -> None:
    """With require-claim an existing path that nobody claims stays behind, a new one does not."""
    repo, alice, _ = shared
    repo.coord("rules", "require-claim", "true", session=alice, check=True)
    for path in ("src/a.py", "docs/guide.md", "new"):
        stage(repo, path, "changed\n")
    ran = repo.coord("commit", "-m", "x", "--json", session=alice, check=True)
    assert ran.json["paths"] == ["new", "src/a.py"]
    assert ran.json["left"] == [{"path": "docs/guide.md", "session": "", "name": "", "why": "unclaimed", "role": ""}]


@pytest.mark.slow
def test_what_the_role_does_not_allow_is_left(repo: Repo) -> None:
    """A tester's tests are committed and the rest stays staged; what is named of it, or ends a merge, is refused."""
    tess = repo.start("tess", "--role", "tester")
    for path in ("src/a.py", "tests/test_a.py"):
        stage(repo, path, "changed\n")
    ran = repo.coord("commit", "-m", "x", session=tess, check=True)
    assert changed(repo) == ["A tests/test_a.py"]
    assert "left src/a.py: the role tester may not commit it" in ran.out
    assert repo.git("diff", "--cached", "--name-only") == "src/a.py"
    ran = repo.coord("commit", "-m", "x", "src/a.py", "--json", session=tess)
    assert (ran.status, ran.json["reason"]) == (1, "forbidden")
    ran = repo.coord("commit", "-m", "x", "--json", session=tess)
    assert (ran.status, ran.json["reason"], ran.json["left"][0]["role"]) == (1, "empty", "tester")
    assert "git coord rules role" in ran.json["remedy"]
    (repo.top / ".git/MERGE_HEAD").write_text(repo.git("rev-parse", "HEAD") + "\n")
    ran = repo.coord("commit", "-m", "x", "--json", session=tess)
    assert (ran.status, ran.json["reason"]) == (1, "forbidden")
    assert "and a merge is committed as a whole" in ran.json["message"]


def test_named_paths(shared: Shared) -> None:
    """Own claims are committed, and of what nobody claims only what is named; the rest stays staged."""
    repo, alice, _ = shared
    for path in ("src/a.py", "docs/guide.md", "new/one", "new/two", "src/b.py"):
        stage(repo, path, f"{path} changed\n")
    ran = repo.coord("commit", "-m", "x", "new/*", "--json", session=alice, check=True)
    assert changed(repo) == ["A new/one", "A new/two", "M src/a.py"]
    assert {item["path"]: item["why"] for item in ran.json["left"]} == {"docs/guide.md": "unnamed", "src/b.py": "held"}
    assert repo.git("diff", "--cached", "--name-only").split() == ["docs/guide.md", "src/b.py"]
    ran = repo.coord("commit", "-m", "x", "src/b.py", "--json", session=alice)
    assert (ran.status, ran.json["reason"]) == (1, "held")
    assert repo.coord("commit", "-m", "x", "docs", session=alice, check=True).out.endswith(
        f"claimed by bob ({shared.bob})\n"
    )


def test_what_another_session_touched(shared: Shared) -> None:
    """An unclaimed path that another session of the worktree said it touched is left, until it is named."""
    repo, alice, bob = shared
    repo.coord("beat", "editing", "--touched", "docs/guide.md", session=bob, check=True)
    for path in ("docs/guide.md", "new"):
        stage(repo, path, f"{path} changed\n")
    ran = repo.coord("commit", "-m", "x", session=alice, check=True)
    assert changed(repo) == ["A new"]
    assert "left docs/guide.md: touched by bob" in ran.out
    repo.coord("commit", "-m", "x", "docs/guide.md", session=alice, check=True)
    assert changed(repo) == ["M docs/guide.md"]


def test_a_hot_file_is_everybodys(shared: Shared) -> None:
    """What the `.gitattributes` of HEAD marks coord=shared is committed although somebody claims it."""
    repo, alice, _ = shared
    stage(repo, ".gitattributes", "src/b.py coord=shared\n")
    repo.coord("commit", "-m", "attributes", session=alice, check=True)
    stage(repo, "src/b.py", "everybody's\n")
    repo.coord("commit", "-m", "x", session=alice, check=True)
    assert changed(repo) == ["M src/b.py"]


@pytest.mark.slow
@pytest.mark.parametrize(("path", "reflog"), [("src/b.py", True), ("docs/guide.md", True), ("docs/guide.md", False)])
def test_a_commit_at_the_same_moment_is_not_undone(shared: Shared, tmp_path: Path, path: str, reflog: bool) -> None:
    """Another commit lands after the index was copied and before git looks at HEAD: neither change is lost.

    Of a claimed path the guard sees it, of an unclaimed one nobody does before the commit is there.
    """
    repo, alice, bob = shared
    stage(repo, "src/a.py", "alice's\n")
    repo.write(path, "bob's\n")
    if not reflog:
        repo.git("config", "core.logAllRefUpdates", "false")
        shutil.rmtree(repo.top / ".git/logs")
    real = shutil.which("git", path=repo.env["PATH"])
    marker, racing = tmp_path / "raced", tmp_path / "bin/git"
    racing.parent.mkdir()
    # Stands in front of git: the first `git commit` meets one of bob's.
    racing.write_text(
        "#!/bin/sh\n"
        f'case " $* " in *" commit "*) [ -e {marker} ] || {{ touch {marker}; '
        f"env -u GIT_INDEX_FILE GIT_COORD_SESSION={bob} {real} -C {repo.top} commit -q -m his -- {path}; }} ;; esac\n"
        f'exec {real} "$@"\n'
    )
    racing.chmod(0o755)
    search = f"{racing.parent}{os.pathsep}{repo.env['PATH']}"
    ran = repo.run("git-coord", "commit", "-m", "hers", GIT_COORD_SESSION=alice, PATH=search)
    assert marker.exists(), ran.err
    assert repo.git("log", "--format=%s") == "hers\nhis\nfirst"
    assert (repo.git("show", "HEAD:src/a.py"), repo.git("show", f"HEAD:{path}")) == ("alice's", "bob's")
    assert changed(repo) == ["M src/a.py"]
    assert repo.git("status", "--porcelain") == ""


@pytest.mark.slow
def test_many_sessions_at_once(repo: Repo) -> None:
    """Six sessions commit from one index at the same moment: each commit has its own file, none undoes another."""
    names = [f"s{number}" for number in range(6)]
    sessions = {name: repo.start(name) for name in names}
    for name, session in sessions.items():
        repo.coord("claim", f"work/{name}", session=session, check=True)
        stage(repo, f"work/{name}", name)
    running = [
        subprocess.Popen(
            ["git", "coord", "commit", "-q", "-m", name],
            cwd=repo.top,
            env=repo.env | {"GIT_COORD_SESSION": session},
            stderr=subprocess.PIPE,
        )
        for name, session in sessions.items()
    ]
    for run in running:
        said = run.communicate()[1].decode()
        assert run.returncode == 0, said
    log = repo.git("log", "--format=%s").splitlines()
    assert sorted(log) == sorted([*names, "first"])
    for commit, name in zip(repo.git("log", "--format=%H").splitlines(), log, strict=True):
        assert name == "first" or changed(repo, commit) == [f"A work/{name}"]
    assert repo.git("status", "--porcelain") == ""


def test_it_waits_for_a_git_that_holds_the_index(shared: Shared) -> None:
    """While another git writes the index nothing is copied: HEAD and index may not belong together yet."""
    repo, alice, _ = shared
    stage(repo, "src/a.py", "alice's\n")
    lock = repo.top / ".git/index.lock"
    lock.touch()
    waiting = subprocess.Popen(
        ["git", "coord", "commit", "-q", "-m", "x"],
        cwd=repo.top,
        env=repo.env | {"GIT_COORD_SESSION": alice},
    )
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(1)
    lock.unlink()
    assert waiting.wait(30) == 0
    assert changed(repo) == ["M src/a.py"]
