"""The order in which branches are merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.radar.ordering import greedy, order
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from conftest import Repo

    from gitcoord.domain.workspace import Workspace


def test_those_that_conflict_with_many_come_last() -> None:
    """The fewest conflicts with those before count, then the fewest with those left; else the order stays."""
    pairs = {frozenset(pair) for pair in ("ab", "ac", "ad", "bc")}
    assert greedy("abcd", pairs) == ["d", "b", "c", "a"]
    assert greedy("xyz", set()) == ["x", "y", "z"]
    assert greedy([], set()) == []


def test_what_is_not_here_comes_last(repo: Repo, workspace: Workspace) -> None:
    """Nothing is known of it, so it does not stand before what is known to merge."""
    tips = {}
    for name, path in (("one", "src/a.py"), ("two", "src/b.py"), ("three", "src/b.py")):
        repo.git("checkout", "-q", "-B", name, "main")
        repo.write(path, f"{name}\n")
        repo.git("commit", "-q", "-n", "-a", "-m", name)
        tips[SessionId(name)] = repo.git("rev-parse", "HEAD")
    away = {SessionId("away"): "1" * 40, SessionId("nowhere"): ""}
    assert order(workspace, away | tips) == ["one", "two", "three", "away", "nowhere"]
    assert order(workspace, away) == []
