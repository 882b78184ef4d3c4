"""Tasks across machines: each is given to one session, whatever a clone believed while the hub was away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .conftest import Clone, Hub


def task(clone: Clone, session: str, *words: str) -> dict[str, Any]:
    """Run a command about tasks, which must succeed; returns its JSON."""
    return clone.here("task", *words, "--json", session=session, check=True).json


def test_two_clones_and_one_task(pair: tuple[Clone, Clone]) -> None:
    """One session gets the task, the other one is told that there is none."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    made = task(one, alice, "add", "work")
    assert made["confirmed"] is True
    given = task(two, bob, "next")
    assert (given["id"], given["confirmed"], given["holder"]) == (made["id"], True, bob)
    assert given["token"] > 0
    refused = one.here("task", "next", "--json", session=alice)
    assert (refused.status, refused.json["reason"]) == (1, "empty")
    assert task(two, bob, "done", made["id"])["confirmed"] is True


def test_race_that_is_lost_at_the_hub_takes_the_next_best(pair: tuple[Clone, Clone]) -> None:
    """A clone that saw the best task free, and comes second, gets another one and not a refusal."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    best = task(one, alice, "add", "best", "--priority", "critical")["id"]
    other = task(one, alice, "add", "other")["id"]
    two.sync()
    assert task(one, alice, "next")["id"] == best
    two.forget_others()
    given = task(two, bob, "next")
    assert (given["id"], given["confirmed"]) == (other, True)


def test_task_taken_while_the_hub_is_away_is_provisional(hub: Hub, pair: tuple[Clone, Clone]) -> None:
    """Two clones take one task without the hub: both are told that it is provisional, and one keeps it."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    best = task(one, alice, "add", "best", "--priority", "high")["id"]
    other = task(one, alice, "add", "other")["id"]
    two.sync()
    hub.away()
    for clone, session in ((one, alice), (two, bob)):
        given = task(clone, session, "next")
        assert (given["id"], given["confirmed"], given["token"]) == (best, False, None)
    hub.back()
    one.forget_away()
    two.forget_away()
    one.sync()
    two.sync()
    one.sync()
    held = {item["id"]: item for item in task(one, alice, "list")["tasks"]}
    assert (held[best]["holder"], held[best]["status"]) == (alice, "running")
    assert (held[other]["holder"], held[other]["status"]) == ("", "ready"), "what the hub gave instead went back"
    refused = two.here("task", "done", best, "--json", session=bob)
    assert (refused.status, refused.json["reason"]) == (1, "not_mine")
    assert any("the hub gave it to another session" in text for text in refused.json["warnings"])


def test_task_of_a_clone_that_is_gone_is_offered_again(pair: tuple[Clone, Clone]) -> None:
    """Another clone gets it when the lease, the skew and the grace are over, never before."""
    one, two = pair
    alice, bob = one.start("alice"), two.start("bob")
    name = task(one, alice, "add", "work", "--timeout", "1s")["id"]
    task(one, alice, "next")
    refused = two.here("task", "take", name, "--json", session=bob)
    assert (refused.status, refused.json["reason"]) == (1, "held")
