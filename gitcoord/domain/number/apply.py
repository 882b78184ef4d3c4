"""Numbers given out once: migrations, ids, anything that two sessions must not both use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain import fields
from gitcoord.errors import Malformed
from gitcoord.ledger.fold import Operation, Verdict
from gitcoord.policy import limits

if TYPE_CHECKING:
    from gitcoord.ledger.state import State

LONGEST_NAME = 200


def path_of(name: str) -> str:
    """Where the counter of this name stands."""
    return "numbers/+" + name.replace("%", "%25").replace("/", "%2F")


def apply_number(state: State, operation: Operation) -> Verdict:
    """Give out the next number of a name, at least `from`; the verdict carries it."""
    name = fields.text(operation.data, "name")
    if not name or len(name) > LONGEST_NAME or any(char < " " for char in name):
        raise Malformed("a counter's name is a short text")
    last = (state.json(path_of(name)) or {"last": 0})["last"]
    value = max(last + 1, fields.number(operation.data, "from", 1, limits.NUMBER_FROM))
    state.write_json(path_of(name), {"last": value, "session": operation.session, "time": operation.time})
    return Verdict(detail={"value": value})
