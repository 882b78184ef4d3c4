"""A ledger ref that names something else: every guard refuses, and none takes it for a ledger without claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Repo


@pytest.mark.slow
@pytest.mark.parametrize("harm", ["empty tree", "of the user"])
def test_guards_fail_closed(repo: Repo, harm: str) -> None:
    """No commit and no push passes, of nobody; with the ledger back the claim stands as before."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", session=alice, check=True)
    ref, tip = "refs/coord/ledger", repo.git("rev-parse", "refs/coord/ledger")
    empty = repo.git("hash-object", "-t", "tree", "-w", "/dev/null")
    there = {"empty tree": ["commit-tree", empty, "-m", "x"], "of the user": ["rev-parse", "HEAD"]}
    wrong = repo.git(*there[harm])
    repo.git("update-ref", ref, wrong)
    for words in (("commit", "-q", "-m", "x"), ("commit", "-q", "-n", "-m", "x")):
        repo.write("docs/new.md", f"{words}\n")
        repo.git("add", "docs/new.md")
        ran = repo.run("git", *words, check=False, GIT_COORD_SESSION=bob)
        assert (ran.status, "names something that is not a ledger" in ran.err) == (1, True)
    there_too = repo.top.parent / "there.git"
    repo.git("init", "-q", "--bare", str(there_too))
    ran = repo.run("git", "push", "-q", str(there_too), "HEAD:refs/heads/x", check=False)
    assert (ran.status, "names something that is not a ledger" in ran.err) == (1, True)
    repo.here("init", check=True)
    assert repo.git("rev-parse", ref) == tip
    repo.git("reset", "-q")
    assert repo.commit("docs/new.md", session=bob).status == 0
    assert repo.commit("src/a.py", session=bob).status == 1
