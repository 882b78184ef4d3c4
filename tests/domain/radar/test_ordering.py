"""The order in which branches are merged."""

from __future__ import annotations

from gitcoord.domain.radar.ordering import greedy


def test_those_that_conflict_with_many_come_last() -> None:
    """The fewest conflicts with those before count, then the fewest with those left; else the order stays."""
    pairs = {frozenset(pair) for pair in ("ab", "ac", "ad", "bc")}
    assert greedy("abcd", pairs) == ["d", "b", "c", "a"]
    assert greedy("xyz", set()) == ["x", "y", "z"]
    assert greedy([], set()) == []
