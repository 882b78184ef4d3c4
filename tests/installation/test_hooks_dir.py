"""Entries in the hooks directory, beside hooks that were there."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Repository

OWN = 'echo own "$@" >>"$(git rev-parse --git-common-dir)/own"; cat >>"$(git rev-parse --git-common-dir)/own"; exit 0'


def own(repo: Repository) -> str:
    """What the user's own hook wrote."""
    path = repo.common / "own"
    return path.read_text() if path.exists() else ""


def test_runs_ours_then_theirs(repo: Repository) -> None:
    """A hook that was there is kept, runs after ours with git's arguments, and its refusal is obeyed."""
    repo.hook("prepare-commit-msg", OWN)
    repo.install()
    repo.commit()
    assert repo.package.names == ["pre-commit", "prepare-commit-msg"]
    assert own(repo) == "own .git/COMMIT_EDITMSG message\n"
    repo.hook("prepare-commit-msg.before-coord", "exit 7")
    assert repo.run("commit", "--allow-empty", "-m", "x").returncode == 1


def test_theirs_does_not_run_after_a_refusal(repo: Repository) -> None:
    """Where our guard refuses, the hook that was there does not run."""
    repo.hook("pre-commit", OWN)
    repo.install()
    repo.package.refuse("pre-commit")
    assert repo.run("commit", "--allow-empty", "-m", "x").returncode == 1
    assert own(repo) == ""


def test_theirs_runs_whatever_ours_said_afterwards(repo: Repository) -> None:
    """A post-commit hook that was there runs although ours failed."""
    repo.hook("post-commit", OWN)
    repo.install()
    repo.session()
    repo.package.refuse("post-commit")
    repo.commit()
    assert "post-commit" in repo.package.names
    assert own(repo).startswith("own")


def test_theirs_runs_where_ours_ends_early(repo: Repository) -> None:
    """With an empty ledger, and in a rebase, the hook that was there runs all the same."""
    repo.hook("prepare-commit-msg", OWN)
    repo.install()
    repo.ledger()
    repo.commit("a")
    repo.git("switch", "-q", "-c", "topic", "HEAD~1")
    repo.commit("b")
    assert own(repo).count("own") == 2
    repo.git("rebase", "-q", "main")
    assert own(repo).count("own") == 3
    assert repo.package.starts == 0


@pytest.mark.slow
def test_both_hear_what_is_pushed(repo: Repository, tmp_path: Path) -> None:
    """Standard input of pre-push and post-rewrite reaches ours and the hook that was there, whole."""
    for name in ("pre-push", "post-rewrite"):
        repo.hook(name, OWN)
    repo.install()
    repo.git("init", "-q", "--bare", str(tmp_path / "hub"))
    for number in range(300):
        repo.git("branch", f"a-branch-with-a-name-of-some-length-{number}")
    repo.git("push", "-q", "--all", str(tmp_path / "hub"))
    (call,) = repo.package.calls
    assert call["stdin"].count("\n") == 301
    assert own(repo).split("\n", 1)[1] == call["stdin"]
    repo.git("commit", "-q", "--amend", "-m", "again")
    assert own(repo).endswith("own amend\n" + repo.package.calls[-1]["stdin"])


@pytest.mark.slow
def test_push_without_our_program_reaches_theirs(repo: Repository, tmp_path: Path) -> None:
    """Where ours ends without reading standard input, the hook that was there still gets all of it."""
    repo.hook("pre-push", OWN)
    repo.install()
    repo.ledger()
    repo.git("init", "-q", "--bare", str(tmp_path / "hub"))
    for number in range(1500):
        (repo.common / "refs" / "heads" / f"a-branch-with-a-name-of-some-length-{number}").write_text(
            repo.head() + "\n"
        )
    repo.git("push", "-q", "--all", str(tmp_path / "hub"))
    assert own(repo).count("\n") == 1502
    assert repo.package.starts == 0


def test_symbolic_link(repo: Repository) -> None:
    """A hook that is a link to a tracked file stays that link, runs, and comes back."""
    tracked = repo.hook("check.sh", OWN, repo.top / "tools")
    repo.hooks.mkdir(exist_ok=True)
    (repo.hooks / "pre-commit").symlink_to("../../tools/check.sh")
    before = repo.snapshot()
    repo.install()
    repo.commit()
    assert own(repo).startswith("own")
    assert (repo.hooks / "pre-commit.before-coord").is_symlink()
    assert "git-coord" not in tracked.read_text()
    repo.uninstall()
    assert repo.snapshot() == before


def test_not_executable(repo: Repository) -> None:
    """A hook that git passed over, not being executable, is still passed over and comes back as it was."""
    repo.hook("pre-commit", "exit 1").chmod(0o644)
    before = repo.snapshot()
    repo.install()
    repo.commit()
    assert repo.package.names[0] == "pre-commit"
    repo.uninstall()
    assert repo.snapshot() == before


def test_twice(repo: Repository) -> None:
    """A second init finds nothing to do and does not take its own entries for hooks that were there."""
    repo.hook("pre-commit", OWN)
    repo.install()
    before = repo.snapshot()
    report = repo.install()
    assert report.done == []
    assert repo.snapshot() == before


def test_lefthook(repo: Repository) -> None:
    """lefthook moves our entry to `.old` and forgets it; init puts ours first again, uninit leaves lefthook's."""
    repo.install()
    before = repo.snapshot()["config"]
    (repo.hooks / "pre-commit").rename(repo.hooks / "pre-commit.old")
    lefthook = repo.hook("pre-commit", '# LEFTHOOK\nif [ "$LEFTHOOK" = "0" ]; then exit 0; fi\n' + OWN).read_bytes()
    assert "pre-commit was replaced by another program" in repo.intact()
    assert repo.prove()["pre-commit"].reason.endswith("hooks/pre-commit is another hook")
    report = repo.install()
    assert any("lefthook install" in hint for hint in report.hints)
    assert repo.intact() == ""
    repo.commit()
    assert (repo.package.names[0], own(repo)) == ("pre-commit", "own\n")
    repo.uninstall()
    assert (repo.hooks / "pre-commit").read_bytes() == lefthook
    assert not list(repo.hooks.glob("pre-commit.*[!e]"))
    assert repo.snapshot()["config"] != before


def test_second_foreign_hook(repo: Repository) -> None:
    """When another program replaces our entry although a hook is kept already, neither hook is lost."""
    repo.hook("pre-commit", "echo first")
    repo.install()
    repo.hook("pre-commit", OWN)
    report = repo.install()
    assert any("pre-commit.before-coord.1, and does not run" in line for line in report.done)
    repo.commit()
    assert (repo.package.names[0], own(repo)) == ("pre-commit", "own\n")
    repo.uninstall()
    assert OWN in (repo.hooks / "pre-commit").read_text()
    assert "echo first" in (repo.hooks / "pre-commit.before-coord.1").read_text()


def test_linked_worktree(installed: Repository, tmp_path: Path) -> None:
    """A commit in a linked worktree, in a subdirectory of it, reaches the hooks of the common directory."""
    repo, tree = installed, tmp_path / "tree"
    repo.git("worktree", "add", "-q", str(tree))
    (tree / "sub").mkdir()
    repo.commit("x", cwd=tree / "sub")
    assert repo.package.names == ["pre-commit", "prepare-commit-msg"]
    assert {call["common"] for call in repo.package.calls} == {str(repo.common)}


@pytest.mark.parametrize("how", ["subdirectory", "-C", "GIT_DIR", "--git-dir"])
def test_wherever_git_is_called_from(installed: Repository, tmp_path: Path, how: str) -> None:
    """From a subdirectory, with -C, and with the repository named by variable or option: it is found."""
    repo, commit = installed, ["commit", "-q", "--allow-empty", "-m", "x"]
    (repo.top / "sub").mkdir()
    if how == "subdirectory":
        repo.git(*commit, cwd=repo.top / "sub")
    elif how == "-C":
        repo.git("-C", str(repo.top / "sub"), *commit, cwd=tmp_path)
    elif how == "GIT_DIR":
        repo.git(*commit, cwd=tmp_path, GIT_DIR=f"{repo.top.name}/.git", GIT_WORK_TREE=repo.top.name)
    else:
        repo.git(f"--git-dir={repo.top.name}/.git", f"--work-tree={repo.top.name}", *commit, cwd=tmp_path)
    assert [(call["name"], call["common"]) for call in repo.package.calls] == [
        ("pre-commit", str(repo.common)),
        ("prepare-commit-msg", str(repo.common)),
    ]


@pytest.mark.parametrize("form", ["files", "git-config"])
def test_bare_with_worktrees(form: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """In a bare repository with worktrees the hooks run in the worktrees, and the proof holds from both places."""
    repo: Repository = request.getfixturevalue("repo" if form == "files" else "repo255")
    bare, tree = tmp_path / "bare.git", tmp_path / "tree"
    repo.git("clone", "-q", "--bare", str(repo.top), str(bare))
    repo.git("worktree", "add", "-q", str(tree), cwd=bare)
    repo.top = repo.common = bare
    repo.ledger("claims")
    repo.install(form)
    assert {each.reached for each in repo.prove().values()} == {True}
    repo.commit("x", cwd=tree)
    assert repo.package.names == ["pre-commit", "prepare-commit-msg"]
    assert {call["common"] for call in repo.package.calls} == {str(bare)}
    repo.top = tree
    assert {each.reached for each in repo.prove().values()} == {True}
    repo.git("init", "-q", "--bare", str(tmp_path / "hub"))
    repo.git("push", "-q", str(tmp_path / "hub"), "main", cwd=bare)
    assert repo.package.names[-1] == "pre-push"


def test_submodule(installed: Repository, tmp_path: Path) -> None:
    """In a submodule, whose `.git` is a file, the hooks run too."""
    repo, outer = installed, tmp_path / "outer"
    repo.git("init", "-q", str(outer))
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repo.top), "inner", cwd=outer)
    form = "files" if (repo.hooks / "pre-commit").exists() else "git-config"
    repo.top, repo.common = outer / "inner", outer / ".git" / "modules" / "inner"
    repo.ledger("claims")
    repo.install(form)
    repo.commit()
    assert [call["common"] for call in repo.package.calls] == [str(repo.common)] * 2
    assert {each.reached for each in repo.prove().values()} == {True}


@pytest.mark.parametrize("how", ["moved", "copied"])
def test_moved_and_copied(installed: Repository, tmp_path: Path, how: str) -> None:
    """After a move or in a copy the hooks name the repository in which they run, not the one of the time of init."""
    repo, there = installed, tmp_path / "there"
    (repo.top.rename if how == "moved" else lambda to: shutil.copytree(repo.top, to, symlinks=True))(there)
    repo.top, repo.common = there, there / ".git"
    repo.commit()
    assert [call["common"] for call in repo.package.calls] == [str(repo.common)] * 2
    assert repo.intact() == ""
