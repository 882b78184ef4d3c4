"""Who may take a task that is offered, of the sessions that live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.session import record as session
from gitcoord.domain.task import record
from gitcoord.domain.task.apply import choice

if TYPE_CHECKING:
    from gitcoord.domain.task.record import Task
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


def is_for_nobody(workspace: Workspace, state: State, task: Task) -> bool:
    """Whether no session that lives may take a task, as far as its address and what it needs go."""
    wanted = record.criteria(task)
    fit = (one for one in session.every(state) if not choice.refusal(state, wanted, one))
    return all(workspace.gone(one) for one in fit)
