"""A commit that went past the guard: recorded, and told to those whose claims it touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain import fields
from gitcoord.domain.notice import record as notice
from gitcoord.ledger.fold import Operation, Verdict
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from gitcoord.ledger.state import State


def apply_bypass(state: State, operation: Operation) -> Verdict:
    """Tell each holder which commit by whom touched which of its paths."""
    data = operation.data
    commit, who = fields.text(data, "commit"), fields.text(data, "who", "")
    # All is read before anything is left: a refused operation changes nothing.
    items = fields.records(data, "holders")
    holders = [(SessionId(fields.text(item, "session")), fields.texts(item, "paths")) for item in items]
    for holder, paths in holders:
        notice.leave(state, holder, operation, "bypassed", commit=commit, who=who, paths=paths)
    return Verdict()
