"""What the guard is to be strict about, for everybody: kept in the ledger, not in one clone's configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gitcoord.domain import fields
from gitcoord.ledger.fold import Malformed, Operation, Verdict

if TYPE_CHECKING:
    from gitcoord.ledger.state import State

PATH = "rules.json"
MAX_FILES = 200


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in force.

    `require_claim`: touching an existing file that nobody claims is refused too. `person`: what a commit made by no
    session and no agent meets, 'refuse' or 'warn'. `max_files`: how many files an agent may claim without --wide.
    """

    require_claim: bool = False
    person: str = "refuse"
    max_files: int = MAX_FILES

    def to_json(self) -> dict[str, Any]:
        """The rules under the names that people use."""
        return {"require-claim": self.require_claim, "person": self.person, "max-files": self.max_files}


KEYS = tuple(Rules().to_json())


def read(state: State) -> Rules:
    """The rules in force."""
    record = state.json(PATH) or {}
    return Rules(record.get("require-claim", False), record.get("person", "refuse"), record.get("max-files", MAX_FILES))


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
