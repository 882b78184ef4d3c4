"""What the board says of tasks, and to whom."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from domain.world import ME, OTHER
from gitcoord.domain.session import record as living
from gitcoord.domain.task import record
from gitcoord.domain.task.attention import attention
from gitcoord.domain.task.needed import needed
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from conftest import Repo

    from domain.world import World


def seen(repo: Repo, session: str) -> list[tuple[str, bool]]:
    """What needs attention of a session, and whether it is for it to do something."""
    board: dict[str, Any] = repo.here("status", "--json", session=session, check=True).json
    return [(found["what"], found["mine"]) for found in board["attention"] if found["what"] != "worktree"]


@pytest.fixture
def alice(repo: Repo) -> str:
    """A session."""
    return repo.start("alice")


@pytest.fixture
def bob(repo: Repo) -> str:
    """Another, who can review."""
    return repo.start("bob", "--can", "review")


@pytest.mark.parametrize("to", ["bob", "can:review"])
def test_a_request_is_for_those_who_may_take_it(repo: Repo, alice: str, bob: str, to: str) -> None:
    """By name or capability, until somebody takes it; who asked is told nothing of it."""
    task = repo.here("ask", to, "look at my login", "--json", session=alice, check=True).json["id"]
    assert seen(repo, bob)[0] == ("asked", True)
    assert "asked" not in dict(seen(repo, alice))
    repo.here("task", "take", task, session=bob, check=True)
    assert "asked" not in dict(seen(repo, bob))


def test_who_asks_is_told_that_nobody_may_take_it(repo: Repo, alice: str, bob: str) -> None:
    """At once, and by the board where the last one who might has ended; not who may take it, nor of plain tasks."""
    asked = repo.here("ask", "can:review", "my login", "--json", session=alice, check=True).json
    assert (asked["warnings"], "untaken" in dict(seen(repo, alice))) == ([], False)
    repo.here("end", session=bob, check=True)
    assert ("untaken", True) in seen(repo, alice)
    repo.here("task", "cancel", asked["id"], session=alice, check=True)
    repo.here("task", "add", "plain", "--for", "can:review", session=alice, check=True)
    assert "untaken" not in dict(seen(repo, alice))
    late = repo.here("ask", "can:review", "again", "--json", session=alice, check=True).json
    assert late["warnings"] == ["no session lives that may take it: it is kept for one that comes"]


def test_a_task_that_waits_is_named_until_it_goes_on(repo: Repo, alice: str, bob: str) -> None:
    """To everybody; for whoever added it there is something to do."""
    task = repo.here("task", "add", "new login", "--json", session=alice, check=True).json["id"]
    repo.here("task", "take", task, session=bob, check=True)
    repo.here("task", "update", task, "--waiting", "the design", session=bob, check=True)
    assert ("task-waiting", True) in seen(repo, alice)
    assert ("task-waiting", False) in seen(repo, bob)
    board = repo.here("status", session=alice, check=True).out
    assert "task new login of bob has been waiting" in board
    assert "for the design" in board
    repo.here("task", "done", task, session=bob, check=True)
    assert "task-waiting" not in dict(seen(repo, alice))


def test_of_a_task_that_waits_it_is_said_that_its_holder_is_gone(world: World) -> None:
    """With what offers it to others: nobody else is given it before."""
    made = "a" * 32
    for kind, data in (("add", {"title": "x"}), ("take", {"id": made}), ("update", {"id": made, "waiting": "a word"})):
        assert world.do(ME, f"task-{kind}", data, claim=made if kind == "add" else "").accepted
    place: Any = SimpleNamespace(clock=SimpleNamespace(now=lambda: world.time), gone=lambda _: "process")
    (told,) = attention(place, world.state, living.read(world.state, SessionId(OTHER)))
    assert f"of {ME}, who is gone, has been waiting" in told.text
    assert f"retire {ME}" in told.hint


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "waits_for", "mine"),
    [
        ([], "ana to decide", True),
        ([], "a review by role:lead", True),
        ([], "ANA's answer", True),
        ([], "banana bread", False),
        ([], "ana-2", False),
        ([], "a decision", False),
        (["--parent", "ana"], "a decision", True),
    ],
)
def test_a_task_that_waits_needs_those_whom_it_names_and_a_parent(
    repo: Repo, alice: str, more: list[str], waits_for: str, mine: bool
) -> None:
    """Not only whoever added it: they have it first on their board, and are told once by a message."""
    ana = repo.start("ana", "--role", "lead")
    worker = repo.start("worker", *more)
    task = repo.here("task", "add", "new login", "--json", session=worker, check=True).json["id"]
    repo.here("task", "take", task, session=worker, check=True)
    for _ in range(2):
        repo.here("task", "update", task, "--waiting", waits_for, session=worker, check=True)
    assert ("task-waiting", mine) in seen(repo, ana)
    assert ("task-waiting", False) in seen(repo, alice)
    assert ("task-waiting", False) in seen(repo, worker)
    assert repo.here("status", "--short", "--json", session=ana, check=True).json["attention"] == mine
    mail = repo.here("inbox", "--json", session=ana, check=True).json["messages"]
    assert [item["subject"] for item in mail] == [f"new login waits for {waits_for}"] * mine
    assert [item["type"] for item in mail] == ["needed"] * mine
    assert repo.here("inbox", "--json", session=alice, check=True).json["messages"] == []


def test_a_task_of_an_agent_that_waits_needs_the_person_for_whom_it_works(world: World) -> None:
    """Of the same user, and no agent itself; another agent of that user, and other people, have nothing to do."""
    world.start("agent-00000011", agent="codex", user="ana")
    world.start("robot-00000012", agent="codex", user="ana")
    world.start("person-00000013", user="ana")
    world.start("guest-00000014", user="eve")
    who, made = "agent-00000011", "a" * 32
    for kind, data in (("add", {"title": "x"}), ("take", {"id": made}), ("update", {"id": made, "waiting": "a word"})):
        assert world.do(who, f"task-{kind}", data, claim=made if kind == "add" else "").accepted
    task = record.read(world.saved(), made)
    assert task is not None
    assert [one.id for one in needed(world.state, task)] == ["person-00000013"]


def test_what_needs_a_session_is_found_however_much_there_is(world: World) -> None:
    """The last of many requests and of many tasks that wait counts as the first; how many more there are is said."""

    def told(session: str) -> list[tuple[str, bool, str]]:
        me = living.read(world.state, SessionId(session))
        place: Any = SimpleNamespace(clock=SimpleNamespace(now=lambda: world.time), gone=lambda _: "")
        return [(item.what, item.mine, item.text) for item in attention(place, world.state, me)]

    world.start("late-00000011")
    names = [f"{number:032x}" for number in range(130)]
    for number, name in enumerate(names):
        to = "late-00000011" if number == 129 else ME
        by = "late-00000011" if number == 128 else OTHER
        data: dict[str, Any] = {"title": f"task {number}", **({} if 64 <= number < 129 else {"to": {"session": to}})}
        assert world.do(by, "task-add", data, claim=name).accepted
    assert [(what, mine) for what, mine, _ in told(ME)] == [("asked", True)] * 51
    assert told(ME)[-1][2] == "there are 14 more tasks for you"
    for name in names[64:129]:
        assert world.do(ME, "task-take", {"id": name}).accepted
        assert world.do(ME, "task-update", {"id": name, "waiting": "a word"}).accepted
    late = told("late-00000011")
    assert [(what, mine) for what, mine, _ in late] == [
        *[("asked", True), ("task-waiting", True)],
        *[("task-waiting", False)] * 50,
    ]
    assert late[-1][2] == "there are 15 more tasks that wait"


def test_a_request_that_is_ready_from_a_time_on_is_told_then(world: World) -> None:
    """Not before, and no longer when somebody holds it."""
    data = {"title": "x", "to": {"session": OTHER}, "not_before": world.time + 100}
    assert world.do(ME, "task-add", data, claim="a" * 32).accepted
    me = living.read(world.state, SessionId(OTHER))
    place: Any = SimpleNamespace(clock=SimpleNamespace(now=lambda: world.time))
    assert list(attention(place, world.state, me)) == []
    world.time += 100
    assert [item.what for item in attention(place, world.state, me)] == ["asked"]
    assert world.do(OTHER, "task-take", {"id": "a" * 32}).accepted
    assert list(attention(place, world.state, me)) == []


def test_who_holds_a_task_is_told_that_its_time_ends(repo: Repo, alice: str, bob: str) -> None:
    """Before it is over; not of one with time left."""
    for title, timeout in (("short", "5m"), ("long", "2h")):
        repo.here("task", "add", title, "--timeout", timeout, session=alice, check=True)
        repo.here("task", "next", session=bob, check=True)
    assert seen(repo, bob).count(("due", True)) == 1
    assert repo.here("status", "--short", "--json", session=bob, check=True).json["attention"] == 1


def test_the_board_stays_quick_with_many_tasks(repo: Repo, alice: str) -> None:
    """Nothing is read of a noun of which there is nothing, and fifty are told of what there is."""
    assert seen(repo, alice) == []
    lines = "\n".join(f'{{"title": "task {number}", "to": "alice"}}' for number in range(120))
    repo.write("tasks.jsonl", lines)
    repo.here("task", "import", str(repo.top / "tasks.jsonl"), session=alice, check=True)
    assert seen(repo, alice).count(("asked", True)) == 51, "fifty, and how many more there are"
