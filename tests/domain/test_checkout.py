"""What the checkout says, without a git where its files say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.domain import checkout

if TYPE_CHECKING:
    from conftest import Repo


def loose(repo: Repo) -> None:
    """A branch with a file of its own."""


def packed(repo: Repo) -> None:
    """A branch among packed ones whose names are alike."""
    repo.git("branch", "main2")
    repo.git("commit", "-q", "--allow-empty", "-m", "second", "--no-verify")
    repo.git("branch", "a-main")
    repo.git("tag", "-a", "-m", "x", "main")
    repo.git("commit", "-q", "--allow-empty", "-m", "third", "--no-verify")
    repo.git("pack-refs", "--all")


def unborn(repo: Repo) -> None:
    """A branch before its first commit."""
    repo.git("checkout", "-q", "--orphan", "new")


def unborn_packed(repo: Repo) -> None:
    """The same beside packed ones."""
    repo.git("pack-refs", "--all")
    unborn(repo)


def detached(repo: Repo) -> None:
    """No branch."""
    repo.git("checkout", "-q", "--detach")


def deep(repo: Repo) -> None:
    """A branch below one that is a file: that cannot be, so it is unborn."""
    repo.git("symbolic-ref", "HEAD", "refs/heads/main/below")


@pytest.mark.parametrize("made", [loose, packed, unborn, unborn_packed, detached, deep])
def test_head_needs_no_git(repo: Repo, made: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit checked out is what git says, loose, packed, unborn or detached, and no git is started for it."""
    assert callable(made)
    made(repo)
    workspace = repo.workspace()
    expected = repo.git("rev-parse", "--verify", "--quiet", "HEAD", check=False)
    monkeypatch.setenv("PATH", "/nowhere")
    assert checkout.head(workspace) == expected
    workspace.ledger.store.close()


def test_head_of_a_worktree(repo: Repo) -> None:
    """In a linked worktree it is that worktree's."""
    other = repo.worktree("topic")
    other.git("commit", "-q", "--allow-empty", "-m", "there", "--no-verify")
    repo.git("pack-refs", "--all")
    workspace = other.workspace()
    assert checkout.head(workspace) == other.git("rev-parse", "HEAD") != repo.git("rev-parse", "HEAD")
    workspace.ledger.store.close()


def test_head_that_files_do_not_tell(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long list of packed refs, a branch that is another's name, a name in no known encoding: git is asked."""
    repo.git("pack-refs", "--all")
    first = repo.git("rev-parse", "HEAD")
    workspace = repo.workspace()
    with monkeypatch.context() as patched:
        patched.setattr(checkout, "MOST_PACKED", 10)
        assert checkout.head(workspace) == first
    repo.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    repo.git("symbolic-ref", "HEAD", "refs/heads/alias")
    assert checkout.head(workspace) == first
    repo.run("sh", "-c", "git checkout -q -b $(printf 'b\\344')")
    assert checkout.head(workspace) == first
    workspace.ledger.store.close()
