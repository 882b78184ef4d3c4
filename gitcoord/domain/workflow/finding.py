"""Find the workflow that is meant."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gitcoord.domain.finding import by_id
from gitcoord.domain.workflow import record
from gitcoord.errors.workflow import NoneOpen, SeveralOpen

if TYPE_CHECKING:
    from gitcoord.domain.workflow.record import Workflow
    from gitcoord.ledger.state import State


def find(state: State, text: str) -> Workflow:
    """Return the workflow whose id begins so; without a text the only open one. Raises `Usage`, `NotFound`."""
    if not text:
        standing = record.standing(state)
        if len(standing) > 1:
            raise SeveralOpen()
        if not standing:
            raise NoneOpen()
        return standing[0]
    return by_id(text, "workflow", partial(record.beginning, state), partial(record.read, state))
