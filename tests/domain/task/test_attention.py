"""What the board says of tasks, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Repo


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


def test_who_holds_a_task_is_told_that_its_time_ends(repo: Repo, alice: str, bob: str) -> None:
    """Before it is over; not of one with time left."""
    for title, timeout in (("short", "5m"), ("long", "2h")):
        repo.here("task", "add", title, "--timeout", timeout, session=alice, check=True)
        repo.here("task", "next", session=bob, check=True)
    assert seen(repo, bob).count(("due", True)) == 1
    assert repo.here("status", "--short", "--json", session=bob, check=True).json["attention"] == 1


def test_the_board_stays_quick_with_many_tasks(repo: Repo, alice: str) -> None:
    """Nothing is read of a noun of which there is nothing, and no more than some of what there is."""
    assert seen(repo, alice) == []
    lines = "\n".join(f'{{"title": "task {number}", "to": "alice"}}' for number in range(120))
    repo.write("tasks.jsonl", lines)
    repo.here("task", "import", str(repo.top / "tasks.jsonl"), session=alice, check=True)
    assert seen(repo, alice).count(("asked", True)) <= 50
