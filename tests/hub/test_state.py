"""Shared state across clones: of two who saw the same value the hub lets one write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Clone, Hub


def value(clone: Clone) -> object:
    """The value as a clone knows it."""
    return clone.here("state", "get", "plan", "k", "--json", check=True).json["value"]


def test_of_two_who_saw_the_same_value_one_is_stale(pair: tuple[Clone, Clone]) -> None:
    """The second one has not heard of the first, and is refused by the hub's order."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    assert one.here("state", "set", "plan", "k", "1", "--json", session=alice).json["confirmed"] is True
    two.sync()
    one.here("state", "set", "plan", "k", "2", "--if-version", "1", session=alice, check=True)
    two.forget_others()
    ran = two.here("state", "set", "plan", "k", "3", "--if-version", "1", "--json", session=bob)
    assert (ran.status, ran.json["reason"]) == (1, "stale")
    assert (value(one), value(two)) == (2, 2)


@pytest.mark.slow
def test_a_provisional_write_that_lost_is_told(pair: tuple[Clone, Clone], hub: Hub) -> None:
    """It holds here while the hub is away; the hub has another one by then, and the session is told."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    one.here("state", "set", "plan", "k", "1", session=alice, check=True)
    two.won(bob, "known")
    two.sync()
    hub.away()
    ran = two.here("state", "set", "plan", "k", "3", "--if-version", "1", "--json", session=bob, check=True)
    assert ran.json["confirmed"] is False
    assert value(two) == 3
    hub.back()
    one.here("state", "set", "plan", "k", "2", "--if-version", "1", session=alice, check=True)
    two.forget_away()
    told = [*two.sync()["warnings"], *two.here("whoami", "--json", session=bob).json["warnings"]]
    assert any("stale" in text for text in told), told
    assert value(two) == 2
