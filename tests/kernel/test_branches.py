"""Which branches there are, read from files as git lists them, and which one is the default."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.kernel import branches, revision
from gitcoord.kernel.place import discover

if TYPE_CHECKING:
    from conftest import Repo

LOCAL, REMOTE = "refs/heads/", "refs/remotes/origin/"


@pytest.fixture
def many(bare_repo: Repo) -> Repo:
    """A repository with branches of all sorts: packed, nested, of a remote, symbolic, and one that leads to nothing."""
    for ref in (f"{LOCAL}a/b", f"{LOCAL}old", f"{REMOTE}trunk", f"{REMOTE}a/b"):
        bare_repo.git("update-ref", ref, "HEAD")
    bare_repo.git("pack-refs", "--all")
    bare_repo.commit("new.py", check=True)
    bare_repo.git("update-ref", f"{LOCAL}old", "HEAD")
    bare_repo.git("symbolic-ref", f"{REMOTE}HEAD", f"{REMOTE}trunk")
    bare_repo.git("symbolic-ref", f"{REMOTE}gone", f"{REMOTE}none")
    bare_repo.git("symbolic-ref", f"{LOCAL}alias", f"{LOCAL}a/b")
    bare_repo.git("symbolic-ref", f"{LOCAL}lost", f"{LOCAL}none")
    return bare_repo


def test_they_are_read_as_git_lists_them(many: Repo) -> None:
    """Also from a worktree; the remote says which one is the default."""
    for repo in (many, many.worktree("side")):
        place = discover(str(repo.top), repo.env)
        assert branches._in_files(place) == branches._asked(place)
        assert branches.look(place).default_name == "trunk"


def test_a_default_branch_that_is_gone_is_none(many: Repo) -> None:
    """Where the remote's HEAD leads to a branch that is not there any more, it says nothing."""
    many.git("symbolic-ref", f"{REMOTE}HEAD", f"{REMOTE}master")
    many.git("config", "init.defaultBranch", "trunk")
    place = discover(str(many.top), many.env)
    assert branches._in_files(place) == branches._asked(place)
    assert branches.look(place).default_name == "trunk"


@pytest.mark.parametrize("target", [f"{LOCAL}alias", "refs/tags/v1"], ids=["a symbolic one", "no branch"])
def test_what_leads_further_is_left_to_git(many: Repo, target: str) -> None:
    """Git follows it, and says the same."""
    many.git("tag", "v1")
    many.git("symbolic-ref", f"{LOCAL}far", target)
    place = discover(str(many.top), many.env)
    assert branches._in_files(place) is None
    assert branches.look(place).tips[f"{LOCAL}far"] == many.git("rev-parse", target)


@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
@pytest.mark.parametrize(
    "name", ["a/b", "alias", "lost", "none", "a/b~0", "a", "./a/b", "../heads/a/b", "caf\udce9", "x.lock"]
)
def test_a_tip_is_what_git_says(many: Repo, name: str, packed: bool) -> None:
    """Of any branch, here or from a worktree, also of what is not the name of one."""
    if packed:
        many.git("pack-refs", "--all")
    for repo in (many, many.worktree("side")):
        place = discover(str(repo.top), repo.env)
        assert branches.tip(place, LOCAL + name) == revision.leads_to(place.git, LOCAL + name)
