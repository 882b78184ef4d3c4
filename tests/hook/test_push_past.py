"""What a push may bring that was made under a claim which came with a task, or changed hands."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from .conftest import Ran, World

LIB = {"directory": "lib"}


def push(world: World, me: str) -> Ran:
    """Push `main` as a session."""
    return world.tried("push", "-q", "origin", "main", me=me)


def task(world: World, by: str) -> str:
    """Add a task that needs `lib`; returns its id."""
    return world.record(by, "task-add", title="mend it", scopes=[LIB])


def offered(world: World, giver: str, to: str, **data: Any) -> str:
    """Offer tasks or claims; returns the offer."""
    until = int(time.time()) + 1000
    return world.record(giver, "handoff-offer", **{"from": giver, "to": to, "to_name": to, "until": until, **data})


def committed(world: World, me: str, path: str = "lib/c.py", *, ago: int = 0) -> None:
    """Commit as a session so many seconds ago, which must pass and name a claim."""
    ran = world.commit(path, me=me, GIT_AUTHOR_DATE=f"{int(time.time()) - ago} +0000")
    assert ran.status == 0, ran.err
    assert world.trailers("Coord-Claim"), "no claim of its own covers it"


def noted(world: World, me: str, claim: str, ago: int) -> None:
    """Commit so many seconds ago, by the note under this claim."""
    world.stage("lib/c.py")
    when = f"{int(time.time()) - ago} +0000"
    world.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "x", GIT_AUTHOR_DATE=when)
    world.git("notes", "--ref=coord", "add", "-f", "-m", f"Coord-Session: {me}\nCoord-Claim: {claim}", "HEAD")


def next_holder(world: World) -> None:
    """Let a session that made nothing claim all of `lib`."""
    world.claim(world.session("carol"), "lib")


@pytest.mark.parametrize("how", ["task-next", "task-take"])
def test_made_for_a_task(world: World, hub: str, alice: str, how: str) -> None:
    """The scopes of a task are the claim of whoever it is given to: what was committed under it passes later."""
    name = task(world, alice)
    claim = world.record(alice, how, **({"id": name} if how == "task-take" else {}))
    committed(world, alice)
    world.record(alice, "task-done", id=name, grant=claim)
    next_holder(world)
    assert push(world, alice).status == 0
    noted(world, alice, name, 0)
    assert push(world, alice).refused, "a task is no claim"


def test_not_what_a_task_does_not_need(world: World, hub: str, alice: str) -> None:
    """A path that the task did not name is refused."""
    name = task(world, alice)
    claim = world.record(alice, "task-next")
    assert world.commit("lib/c.py", "src/b.py", me=alice).status == 0
    world.record(alice, "task-done", id=name, grant=claim)
    carol = world.session("carol")
    world.claim(carol, "src")
    assert "src/b.py" in push(world, alice).err


def handed_over(world: World, alice: str, bob: str, how: str) -> str:
    """Let bob have what alice held; returns the claim's id."""
    if how == "task":
        name = task(world, alice)
        claim = world.record(alice, "task-next")
        committed(world, alice, ago=50)
        world.record(bob, "handoff-accept", offer=offered(world, alice, bob, tasks=[name]))
        return claim
    claim = world.claim(alice, "lib")
    committed(world, alice, ago=50)
    items = [{"id": claim, "scopes": [LIB]}]
    if how == "offer":
        world.record(bob, "handoff-accept", offer=offered(world, alice, bob, claims=items))
    elif how == "ended":
        offer = offered(world, alice, bob, claims=items)
        world.record(alice, "end")
        world.record(bob, "handoff-accept", offer=offer)
    else:
        world.record(bob, "adopt", session=alice, evidence=how, claims=items)
    return claim


@pytest.mark.slow
@pytest.mark.parametrize("how", ["offer", "task", "ended", "process", "own"])
def test_made_under_a_claim_that_changed_hands(world: World, hub: str, alice: str, how: str) -> None:
    """What the giver committed before passes, and what the taker committed after it; nothing of the giver's later."""
    bob = world.session("bob")
    claim = handed_over(world, alice, bob, how)
    committed(world, bob)
    world.quietly("checkout", "-q", "-b", "stray")
    noted(world, alice, claim, -100)
    world.quietly("checkout", "-q", "main")
    world.record(bob, "release", claims=[{"id": claim, "scopes": [LIB]}])
    next_holder(world)
    assert push(world, bob).status == 0
    late = world.tried("push", "-q", "origin", "stray", me=bob)
    assert late.refused
    assert "lib/c.py" in late.err


def test_a_part_that_changed_hands(world: World, hub: str, alice: str) -> None:
    """The giver goes on under the part that it kept, and no longer under the other one."""
    claim = world.claim(alice, "lib", "docs")
    bob = world.session("bob")
    world.record(bob, "handoff-accept", offer=offered(world, alice, bob, claims=[{"id": claim, "scopes": [LIB]}]))
    committed(world, alice, "docs/x.md")
    world.record(alice, "release", claims=[{"id": claim, "scopes": [{"directory": "docs"}]}])
    world.record(bob, "release", claims=[{"id": claim, "scopes": [LIB]}])
    world.claim(world.session("carol"), "lib", "docs")
    assert push(world, alice).status == 0
    noted(world, alice, claim, -100)
    assert "lib/c.py" in push(world, alice).err


def test_a_task_that_nobody_held_when_it_was_handed_over(world: World, hub: str, alice: str) -> None:
    """Its giver is over and the task was free again: its claim has an id that no event bears."""
    name = task(world, alice)
    world.record(alice, "task-next")
    bob = world.session("bob")
    offer = offered(world, alice, bob, tasks=[name])
    world.record(alice, "end")
    world.record(bob, "handoff-accept", offer=offer)
    committed(world, bob)
    (claim,) = world.trailers("Coord-Claim")
    world.record(bob, "release", claims=[{"id": claim, "scopes": [LIB]}])
    next_holder(world)
    assert push(world, bob).status == 0
    noted(world, bob, "a" * 32, 0)
    assert push(world, bob).refused


def test_a_handover_that_was_refused(world: World, hub: str, alice: str) -> None:
    """An accept that the ledger refused gave nobody anything."""
    from gitcoord.ledger.event import Draft

    claim = world.claim(alice, "lib")
    bob, carol = world.session("bob"), world.session("carol")
    offer = offered(world, alice, bob, claims=[{"id": claim, "scopes": [LIB]}])
    draft = Draft("handoff-accept", "accept it", {"offer": offer})
    (outcome,) = world.ledger.transact(SessionId(carol), lambda _: [draft]).outcomes
    assert outcome.refused
    noted(world, carol, claim, 0)
    world.record(alice, "release", claims=[{"id": claim, "scopes": [LIB]}])
    next_holder(world)
    world.git("notes", "--ref=coord", "add", "-f", "-m", f"Coord-Session: {alice}\nCoord-Claim: {claim}", "HEAD")
    assert push(world, carol).status == 0, "alice held it all the time"
