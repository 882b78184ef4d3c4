"""The verdict, from plain values."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from gitcoord.policy import guard
from gitcoord.policy.lease import SKEW


@dataclass(frozen=True)
class Standing:
    """A claim's entry."""

    session: str
    shared: bool = False


MINE, PARENTS, OTHERS = Standing("me"), Standing("parent"), Standing("other")
SHARED, MY_SHARED = Standing("other", True), Standing("me", True)


@pytest.mark.parametrize(
    ("covering", "below", "expected"),
    [
        ([], [], []),
        ([MINE, PARENTS], [MINE], []),
        ([OTHERS], [], [OTHERS]),
        ([OTHERS, MINE], [], [OTHERS]),
        ([SHARED], [], [SHARED]),
        ([SHARED, MINE], [], []),
        ([SHARED, MY_SHARED], [], []),
        ([SHARED, PARENTS], [SHARED], []),
        ([SHARED], [MINE], [SHARED]),
        ([], [OTHERS], [OTHERS]),
    ],
)
def test_against(covering: list[Standing], below: list[Standing], expected: list[Standing]) -> None:
    """Claims of others speak against a change; shared ones only where nobody of mine covers the path."""
    assert guard.against(covering, below, ("me", "parent")) == expected


def test_nobody_has_all_against() -> None:
    """Where no session makes the change every claim speaks against it."""
    assert guard.against([MINE, SHARED], [OTHERS], ()) == [MINE, SHARED, OTHERS]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ""),
        ({"now": 161}, "lease"),
        ({"now": 161, "skew": SKEW}, ""),
        ({"now": 161 + SKEW, "skew": SKEW}, "lease"),
        ({"now": 161, "agent": True, "process": "alive"}, ""),
        ({"now": 161, "process": "alive"}, "lease"),
        ({"process": "dead"}, "process"),
        ({"until": 110, "now": 111, "agent": True, "process": "alive"}, "deadline"),
        ({"until": 110, "now": 111, "skew": SKEW}, ""),
        ({"until": 200}, ""),
    ],
)
def test_stale(facts: dict[str, object], expected: str) -> None:
    """A claim ends by deadline, process or lease; between two clocks with a tolerance."""
    known: dict[str, object] = {"until": None, "now": 110, "skew": 0, "agent": False, "process": "unknown"}
    known |= facts
    until, now = known.pop("until"), known.pop("now")
    assert guard.stale(until, 100, 60, now, **known) == expected  # type: ignore[arg-type]  # one table for all


@pytest.mark.parametrize(
    ("maker", "holder_ancestors", "ancestors", "expected"),
    [
        ("holder", (), (), True),
        ("x", (), (), False),
        ("x", ("x",), (), True),
        ("x", (), ("holder",), True),
        ("x", ("y",), ("y",), False),
    ],
)
def test_may_pass_as_made(
    maker: str, holder_ancestors: tuple[str, ...], ancestors: tuple[str, ...], expected: bool
) -> None:
    """A commit of the holder, of its parent or of its child may pass; a sibling's may not."""
    assert guard.may_pass_as_made(maker, "holder", holder_ancestors, ancestors) is expected
