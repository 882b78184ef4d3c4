"""The rules in force, as the state has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass, field

if TYPE_CHECKING:
    from gitcoord.ledger.state import State

PATH = "rules.json"
MAX_FILES = 200


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in force.

    `require_claim`: touching an existing file that nobody claims is refused too. `person`: what a commit made by no
    session and no agent meets, 'refuse' or 'warn'. `max_files`: how many files an agent may claim without --wide.
    `owners`: pairs of a glob and the address of who owns what it matches ('' for nobody), later ones win. `owner_map`:
    the addresses of names of CODEOWNERS. `roles`: the rights that are not as they are built in, by role and name
    (`policy/roles.py`). `land`: who pushes to which branches (`guard/landing.py`), as triples of a glob, a policy and
    who is meant, when a landing is tested again, and by what command it is handed over. `radar`: globs of files of
    whose conflicts nobody is told.
    """

    require_claim: bool = False
    person: str = "refuse"
    max_files: int = MAX_FILES
    owners: tuple[tuple[str, str], ...] = ()
    owner_map: dict[str, str] = field(default_factory=dict)
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    land: dict[str, Any] = field(default_factory=dict)
    radar: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The rules under the names that people use, as the state has those that are not at their default."""
        return {
            "require-claim": self.require_claim,
            "person": self.person,
            "max-files": self.max_files,
            "owner": [list(pair) for pair in self.owners],
            "owner-map": self.owner_map,
            "role": self.roles,
            "land": self.land,
            "radar": list(self.radar),
        }


KEYS = tuple(Rules().to_json())


def read(state: State) -> Rules:
    """The rules in force."""
    record = state.json(PATH) or {}
    return Rules(
        record.get("require-claim", False),
        record.get("person", "refuse"),
        record.get("max-files", MAX_FILES),
        tuple((glob, to) for glob, to in record.get("owner", ())),
        record.get("owner-map", {}),
        record.get("role", {}),
        record.get("land", {}),
        tuple(record.get("radar", ())),
    )
