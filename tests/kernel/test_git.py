"""Git asked by us: what the user's configuration would change of its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.kernel.git import Git

if TYPE_CHECKING:
    from conftest import Repo


@pytest.mark.parametrize("words", [("log", "-1"), ("log", "-g", "-1"), ("show", "-s")], ids=" ".join)
def test_what_is_said_of_a_commit_has_nothing_of_its_signature(bare_repo: Repo, words: tuple[str, ...]) -> None:
    """Although git is told to show signatures: it writes them before what was asked for."""
    bare_repo.sign()
    bare_repo.commit("signed", message="signed", check=True)
    assert bare_repo.git(*words, "--format=%s", "HEAD") != "signed"
    assert Git(bare_repo.env, cwd=str(bare_repo.top)).text(*words, "--format=%s", "HEAD") == "signed"
