"""Find the workflow that is meant."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gitcoord.domain.finding import by_id
from gitcoord.domain.workflow import record
from gitcoord.errors import NotFound, Usage
from gitcoord.errors.remedy import Remedy

if TYPE_CHECKING:
    from gitcoord.domain.workflow.record import Workflow
    from gitcoord.ledger.state import State

SEE = Remedy("see them: {}", "workflow show")


def find(state: State, text: str) -> Workflow:
    """Return the workflow whose id begins so; without a text the only open one. Raises `Usage`, `NotFound`."""
    if not text:
        standing = record.standing(state)
        if len(standing) > 1:
            raise Usage("more than one workflow is open: name one by its id", SEE)
        if not standing:
            raise NotFound("no workflow is open", Remedy("start one: {}", "workflow start FILE"))
        return standing[0]
    return by_id(text, "workflow", partial(record.beginning, state), partial(record.read, state), SEE)
