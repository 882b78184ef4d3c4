"""What `metrics` counts of tasks, and of requests by what is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.board import figure
from gitcoord.domain.board.figure import Life
from gitcoord.domain.task import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.figure import Choice, Figure
    from gitcoord.domain.task.record import Task
    from gitcoord.ledger.state import State


def figures(state: State, choice: Choice) -> Iterator[Figure]:
    """Tasks for whoever is able, then requests: those that a session added, holds or held is its own.

    The response is that a session took it, or declined it, for the first time: one that was cancelled or ran out of
    time before that has none.
    """
    lives: dict[str, list[Life]] = {}
    for name in record.every_id(state):
        task = record.read(state, name)
        if task is not None and _is_meant(task, choice):
            how = task.status if task.ended else ""
            lives.setdefault(task.asked, []).append(Life(task.made, _responded(task), task.ended, how))
    for asked in sorted(lives):
        yield figure.of(f"requests ({asked})" if asked else "tasks", lives[asked], "completed")


def _responded(task: Task) -> int:
    return min(filter(None, (task.first_given, task.first_declined)), default=0)


def _is_meant(task: Task, choice: Choice) -> bool:
    if task.made < choice.since or choice.type not in ("", task.type):
        return False
    return choice.of(task.by, task.holder, *(item["session"] for item in task.past))
