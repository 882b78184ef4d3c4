"""The rules in force, as the state has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
