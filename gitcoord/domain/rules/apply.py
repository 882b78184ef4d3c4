"""Set a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain import fields
from gitcoord.domain.rules.record import PATH, Rules, read
from gitcoord.ledger.fold import Malformed, Operation, Verdict

if TYPE_CHECKING:
    from gitcoord.ledger.state import State


def apply_rules(state: State, operation: Operation) -> Verdict:
    """Set one rule. The file is there only while some rule is not at its default, so that the shims can tell."""
    data = operation.data
    key = fields.text(data, "key")
    rules = read(state).to_json()
    if key == "require-claim":
        rules[key] = fields.flag(data, "value")
    elif key == "person":
        rules[key] = fields.text(data, "value")
        if rules[key] not in ("refuse", "warn"):
            raise Malformed("person is 'refuse' or 'warn'")
    elif key == "max-files":
        rules[key] = fields.number(data, "value")
    else:
        raise Malformed("there is no such rule")
    defaults = Rules().to_json()
    changed = {name: value for name, value in rules.items() if value != defaults[name]}
    if changed:
        state.write_json(PATH, changed)
    else:
        state.remove(PATH)
    return Verdict()
