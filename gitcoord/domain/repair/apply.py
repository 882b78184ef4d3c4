"""After a hub came back from a backup: numbers that it gave before must not be given again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain import fields
from gitcoord.ledger.fold import META, Operation, Verdict
from gitcoord.policy import limits

if TYPE_CHECKING:
    from gitcoord.ledger.state import State


def apply_repair(state: State, operation: Operation) -> Verdict:
    """Lift the counter of operations to the highest number that anybody saw; needless where it is there already."""
    above = fields.number(operation.data, "above")
    meta = state.json(META) or {}
    if not meta["operations"] < above <= meta["operations"] + limits.REPAIR:
        return Verdict("needless")
    meta["operations"] = above
    state.write_json(META, meta)
    return Verdict()
