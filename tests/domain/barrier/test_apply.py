"""Barriers in the fold: who meets which need, what is late, and the task that is ready when all have arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from domain.world import ME, MINE, MORE, OTHER, THEIRS, THIRD, World
from gitcoord.domain.barrier import record
from gitcoord.domain.task import record as tasks
from gitcoord.policy import limits

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.ledger.fold import Verdict

WANTED: list[dict[str, Any]] = [{"session": OTHER, "name": OTHER}, {"role": "tester"}, {"any": 1}]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A ledger with three sessions, two of them testers, and no barrier."""
    world = World(tmp_path / "store.git")
    world.start(ME)
    world.start(OTHER, role="tester")
    world.start(THIRD, role="tester")
    return world


def make(world: World, id_: str = MINE, **data: Any) -> Verdict:
    """Make the barrier `parts`."""
    return world.do(ME, "barrier", {"name": "parts", "needs": WANTED, "then": "merge", **data}, claim=id_)


def arrive(
    world: World, session: str, barrier: str = MINE, branch: str = "b", id_: str = "", order: Any = None
) -> Verdict:
    """Let a session arrive."""
    data = {"barrier": barrier, "branch": branch, "head": "f" * 40, **({"order": order} if order is not None else {})}
    return world.do(session, "barrier-arrive", data, claim=id_)


@pytest.mark.parametrize(
    ("order", "branches"),
    [([THIRD, OTHER, ME], "three one two"), ([ME, "nobody"], "two one three"), ([], "one two three")],
)
def test_branches_stand_in_the_order_that_the_last_one_found(world: World, order: list[str], branches: str) -> None:
    """The order of the last one to arrive counts; whom it does not name stands behind, as it arrived."""
    make(world)
    arrive(world, OTHER, branch="one", order=[ME])
    arrive(world, ME, branch="two")
    assert arrive(world, THIRD, branch="three", id_=THEIRS, order=order).accepted
    body = tasks.text(world.saved(), THEIRS, "body").splitlines()
    assert [line.split()[1] for line in body[1:]] == branches.split()
    assert ("greedy" in body[0]) == bool(order)


def test_malformed_order_changes_nothing(world: World) -> None:
    """An order is a list of short texts, whoever says it."""
    make(world)
    assert arrive(world, ME, order="everybody").reason == "malformed"
    found = record.read(world.saved(), MINE)
    assert found is not None
    assert not found.arrivals


def test_last_one_completes_it_and_the_task_names_the_branches(world: World) -> None:
    """A session meets the need that is for it, before that of its role; the task is ready in the same operation."""
    assert make(world).accepted
    assert arrive(world, OTHER, branch="one").detail == {"left": 2}
    assert arrive(world, ME, branch="two").detail == {"left": 1}
    open_one = record.read(world.saved(), MINE)
    assert open_one is not None
    assert open_one.missing == [{"role": "tester"}]
    assert arrive(world, THIRD, branch="three", id_=THEIRS).detail == {"left": 0}
    found = record.called(world.saved(), "parts")
    assert found is not None
    assert (found.status, found.task, [item.need for item in found.arrivals]) == ("complete", THEIRS, [0, 2, 1])
    task = tasks.read(world.saved(), THEIRS)
    assert task is not None
    assert (task.status, task.title, task.type, task.by) == ("ready", "merge", "integrate", ME)
    body = tasks.text(world.saved(), THEIRS, "body").splitlines()
    assert [line.split()[1] for line in body[1:]] == ["one", "two", "three"]
    assert not world.state.has(record.OPEN)


def test_who_arrives_again_stands_where_it_is_now(world: World) -> None:
    """It counts once, with its last branch, and is told since when it is there."""
    make(world)
    arrive(world, OTHER, branch="old")
    since, world.time = world.time, world.time + 60
    assert arrive(world, OTHER, branch="new").detail == {"left": 2, "since": since}
    found = record.read(world.state, MINE)
    assert found is not None
    assert [(item.session, item.branch) for item in found.arrivals] == [(OTHER, "new")]


def test_who_is_not_needed_does_not_arrive(world: World) -> None:
    """Nor does anybody at a barrier that is over, that is not there, or whose time is over."""
    make(world, needs=[{"role": "tester"}], until=world.time + 60)
    assert arrive(world, ME).reason == "forbidden"
    assert arrive(world, OTHER, MORE).reason == "not_found"
    world.time += 61
    assert arrive(world, OTHER).reason == "late"
    assert world.do(ME, "barrier-cancel", {"barrier": MINE}).accepted, "nobody need make it again to be rid of it"
    assert not world.state.has(record.OPEN)
    assert make(world, MORE, needs=[{"any": 1}]).accepted, "the name is free again"
    assert arrive(world, ME, MORE).detail == {"left": 0}
    assert arrive(world, OTHER, MORE).reason == "ended"
    assert world.do(ME, "barrier-cancel", {"barrier": MORE}).reason == "ended"
    over = [record.read(world.state, id_) for id_ in (MINE, MORE)]
    assert [item.status for item in over if item is not None] == ["expired", "complete"]


def test_need_for_a_session_that_ended_is_met_by_its_namesake(world: World) -> None:
    """Whoever goes on with the work of a dead session arrives in its place; while it lives nobody does."""
    world.start("bob-00000006", name="bob")
    world.start("bob-00000007", name="bob")
    make(world, needs=[{"session": "bob-00000006", "name": "bob"}])
    assert arrive(world, "bob-00000007").reason == "forbidden"
    assert world.do("bob-00000006", "end", {}).accepted
    assert arrive(world, "bob-00000007").detail == {"left": 0}


def test_one_of_a_name_and_so_many_in_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second one of the name is refused while the first is open; cancelled it is over, for everybody."""
    monkeypatch.setattr(limits, "BARRIERS", 1)
    assert make(world).accepted
    assert make(world, MORE).reason == "exists"
    assert make(world, MORE, name="other").reason == "quota"
    assert world.do(OTHER, "barrier-cancel", {"barrier": MINE}).accepted
    assert make(world, MORE).accepted


@pytest.mark.parametrize(
    "data",
    [
        {"needs": []},
        {"needs": [{"any": limits.BARRIER_NEEDS + 1}]},
        {"needs": [{"any": 60}, {"any": 60}]},
        {"needs": [{"any": 0}]},
        {"needs": [{"role": ""}]},
        {"needs": [{"role": "a", "any": 1}]},
        {"needs": [{"session": "../x", "name": "n"}]},
        {"needs": [{"session": OTHER, "name": "a"}, {"session": OTHER, "name": "b"}]},
        {"name": "a\nb"},
        {"then": "a\nb"},
        {"then": "x" * (limits.TITLE + 1)},
    ],
    ids=str,
)
def test_what_is_malformed(world: World, data: dict[str, Any]) -> None:
    """One to a hundred needs, each a session, a role or a number; a name and a title of one line."""
    assert make(world, **data).reason == "malformed"
    assert not world.state.has("barriers")


def test_session_that_is_needed_lives(world: World) -> None:
    """And the end of a barrier lies ahead."""
    assert make(world, needs=[{"session": "nobody-00000009", "name": "n"}]).reason == "not_found"
    assert make(world, until=world.time).reason == "late"
