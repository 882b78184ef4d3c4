"""Find the workflow that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.workflow import record
from gitcoord.errors import NotFound, Usage
from gitcoord.errors.refusal import NoSuch
from gitcoord.errors.remedy import Remedy
from gitcoord.errors.usage import Ambiguous, NotAnId

if TYPE_CHECKING:
    from gitcoord.domain.workflow.record import Workflow
    from gitcoord.ledger.state import State

SHORTEST = 4
"""Characters of an id that are enough, where they are unique."""

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
    if len(text) < SHORTEST or not all(char in "0123456789abcdef" for char in text):
        raise NotAnId(text, "a workflow", SEE)
    names = record.beginning(state, text)
    if len(names) > 1:
        raise Ambiguous(text, names)
    found = record.read(state, names[0]) if names else None
    if found is None:
        raise NoSuch("workflow", text, SEE)
    return found
