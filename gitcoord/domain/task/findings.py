"""What `doctor` finds of tasks: those that a gone session holds, and those that can never be done."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from gitcoord.domain.records import Finding
from gitcoord.domain.session import record as session
from gitcoord.domain.task import record
from gitcoord.domain.task.view import blockers
from gitcoord.domain.wording import plural
from gitcoord.errors.remedy import Remedy
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State

MOST = 1000
"""Tasks of each part of the index that are looked at."""


def findings(workspace: Workspace, state: State) -> Iterator[Finding]:
    """Tasks that a gone session holds, which `task next` offers again, and tasks that wait for what failed."""
    held = [task for kind in record.HELD for task in _first(state, kind)]
    gone = {item.id for item in session.every(state) if workspace.gone(item)} if held else set()
    lost = [task.title for task in held if task.holder in gone]
    if lost:
        yield Finding("tasks", False, f"{_of_gone(len(lost))}: {_few(lost)}", Remedy("{}", "retire --gone"))
    waiting = _first(state, "pending")
    stuck = [task.title for task in waiting if blockers(state, task)]
    if stuck:
        said = f"{plural(len(stuck), 'task')} cannot be done, since what came before failed: {_few(stuck)}"
        yield Finding("tasks", False, said, Remedy("{}", "task list --status blocked"))

    parts = [kind for kind in (*record.HELD, "pending") if next(islice(record.listed(state, kind), MOST, None), None)]
    if parts:
        said = f"only the first {MOST:,} of those that are {' or '.join(parts)} were looked at"
        yield Finding("tasks", True, said)


def _first(state: State, kind: str) -> list[record.Task]:
    """The first tasks of a part of the index."""
    return [task for name in islice(record.listed(state, kind), MOST) if (task := record.read(state, name))]


def _of_gone(count: int) -> str:
    return "a task is held by a gone session" if count == 1 else f"{count} tasks are held by gone sessions"


def _few(titles: list[str]) -> str:
    return ", ".join(map(printable, titles[:5]))
