"""What `metrics` counts of tasks, and of requests by what is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.board import figure
from gitcoord.domain.board.figure import Life
from gitcoord.domain.task import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.figure import Figure
    from gitcoord.ledger.state import State


def figures(state: State, since: int) -> Iterator[Figure]:
    """Tasks for whoever is able, then requests: what was added since a time, in seconds.

    A response to a task is that it was taken first; one to a request may also be that it was declined.
    """
    lives: dict[str, list[Life]] = {}
    for name in record.every_id(state):
        task = record.read(state, name)
        if task is not None and task.made >= since:
            how = task.status if task.ended else ""
            lives.setdefault(task.asked, []).append(Life(task.made, task.first_given or task.ended, task.ended, how))
    for asked in sorted(lives):
        yield figure.of(f"requests ({asked})" if asked else "tasks", lives[asked], "completed")
