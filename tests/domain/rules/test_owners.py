"""The rules `owner` and `owner-map` in the fold."""

from __future__ import annotations

from typing import Any

import pytest

from gitcoord.domain.rules import record
from gitcoord.policy import owners

from ..world import ME, World


def rule(world: World, key: str, **value: Any) -> str:
    """Set a rule; returns why that is refused."""
    return world.do(ME, "rules", {"key": key, "value": value}).reason


def test_later_owners_stand_behind_and_one_that_is_said_again_moves(world: World) -> None:
    """So the last one that was said wins."""
    assert rule(world, "owner", glob="src/**", to="ann") == ""
    assert rule(world, "owner", glob="src/a.py", to="role:tester") == ""
    assert owners.owner("src/a.py", record.read(world.state).owners).owners == ("role:tester",)
    assert rule(world, "owner", glob="src/**", to="team:web") == ""
    assert record.read(world.state).owners == (("src/a.py", "role:tester"), ("src/**", "team:web"))
    assert owners.owner("src/a.py", record.read(world.state).owners).owners == ("team:web",)
    assert rule(world, "owner", glob="src/**") == ""
    assert rule(world, "owner", glob="src/a.py") == ""
    assert not world.state.has("rules.json")


def test_names_of_codeowners_are_one_in_any_case(world: World) -> None:
    """A name that is said again has the new address."""
    assert rule(world, "owner-map", name="@Org/Web", to="team:web") == ""
    assert rule(world, "owner-map", name="@org/web", to="ann") == ""
    assert record.read(world.state).owner_map == {"@org/web": "ann"}
    assert rule(world, "owner-map", name="@ORG/web") == ""
    assert not world.state.has("rules.json")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("owner", {"to": "ann"}),
        ("owner", {"glob": "", "to": "ann"}),
        ("owner", {"glob": "/src/*", "to": "ann"}),
        ("owner", {"glob": "src/[", "to": "ann"}),
        ("owner", {"glob": "src/*", "to": 7}),
        ("owner-map", {"name": "web", "to": "ann"}),
        ("owner-map", {"name": "@a b", "to": "ann"}),
        ("owner-map", {"to": "ann"}),
    ],
)
def test_malformed(world: World, key: str, value: dict[str, Any]) -> None:
    """Nothing of it is believed."""
    assert rule(world, key, **value) == "malformed"
