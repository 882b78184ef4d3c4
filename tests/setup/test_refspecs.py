"""Fetch patterns of the user that would replace our refs: found at `init`, by `doctor`, and mended by what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Repo


@pytest.fixture
def mirror(bare_repo: Repo, tmp_path: Path) -> Repo:
    """A mirror clone, bare, with a worktree."""
    bare_repo.git("clone", "-q", "--mirror", str(bare_repo.top), str(tmp_path / "mirror.git"))
    made = type(bare_repo)(tmp_path / "mirror.git", bare_repo.env)
    return made.worktree("work")


def test_a_mirror_clone_keeps_what_is_claimed(mirror: Repo) -> None:
    """`init` chooses a store of its own there and says so: a fetch with --prune takes nothing away."""
    said = mirror.coord("init", check=True).out
    assert "chose a separate store: remote.origin.fetch = +refs/*:refs/* would replace refs/coord" in said
    me = mirror.start("worker")
    mirror.coord("claim", "src/a.py", session=me, check=True)
    mirror.git("fetch", "-q", "--prune")
    assert [held["scope"] for held in mirror.coord("claims", "--json").json["claims"]] == ["src/a.py"]
    assert "chose" not in mirror.coord("init", check=True).out


@pytest.mark.parametrize(
    ("pattern", "covered"),
    [
        ("+refs/*:refs/*", "refs/coord/*, refs/coord-remote/*, refs/notes/coord"),
        ("+refs/notes/*:refs/notes/*", "refs/notes/coord"),
        ("refs/coord/*:refs/coord/*", "refs/coord/*"),
    ],
)
def test_a_pattern_that_comes_later_is_found_and_mended(repo: Repo, pattern: str, covered: str) -> None:
    """`doctor` names the pattern and what it replaces; the command that it gives keeps git from our refs."""
    me = repo.start("worker")
    repo.coord("claim", "src/a.py", session=me, check=True)
    repo.git("config", "remote.up.url", str(repo.top.parent / "up.git"))
    repo.git("init", "-q", "--bare", str(repo.top.parent / "up.git"))
    repo.git("config", "remote.up.fetch", pattern)
    (found,) = [one for one in repo.coord("doctor", "--json").json["findings"] if one["name"] == "fetch"]
    assert (found["ok"], f"replaces {covered} at each git fetch" in found["message"]) == (False, True)
    repo.run("sh", "-c", found["mend"])
    assert not [one for one in repo.coord("doctor", "--json").json["findings"] if one["name"] == "fetch"]
    before = repo.git("for-each-ref", "refs/coord", "refs/notes/coord")
    repo.git("fetch", "-q", "--prune", "up")
    assert repo.git("for-each-ref", "refs/coord", "refs/notes/coord") == before


def test_ordinary_remotes_are_no_finding(repo: Repo) -> None:
    """Heads, tags and pull requests may be fetched as anybody likes."""
    for pattern in ("+refs/heads/*:refs/remotes/up/*", "+refs/tags/*:refs/tags/*", "+refs/pull/*:refs/pull/*"):
        repo.git("config", "--add", "remote.up.fetch", pattern)
    assert not [one for one in repo.coord("doctor", "--json").json["findings"] if one["name"] == "fetch"]
