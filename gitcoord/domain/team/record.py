"""Teams, as the state holds those that have not ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId

ROOT = "teams"
LONGEST_NAME = 40

_FIRST = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_REST = _FIRST | frozenset("-_.")


@dataclass(frozen=True, slots=True)
class Member:
    """A session that is, or was, in a team. `role` is what the team gave it, `before` the role that it had then."""

    session: SessionId
    name: str
    role: str
    before: str


@dataclass(frozen=True, slots=True)
class Team:
    """A team. `by` is the session that made it, `made` when, in seconds; `seats` are roles that nobody bears yet."""

    id: str
    name: str
    by: SessionId
    by_name: str
    made: int
    members: tuple[Member, ...] = ()
    seats: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The team as the state holds it."""
        return {
            "id": self.id,
            "by": self.by,
            "by_name": self.by_name,
            "made": self.made,
            "members": [[one.session, one.name, one.role, one.before] for one in self.members],
            "seats": list(self.seats),
        }


def is_name(text: str) -> bool:
    """Whether a team can be called so: small letters, digits, and `-`, `_` and `.` within."""
    return 0 < len(text) <= LONGEST_NAME and text[0] in _FIRST and _REST.issuperset(text)


def read(state: State, name: str) -> Team | None:
    """Return a team that has not ended, None where there is none."""
    record = state.json(f"{ROOT}/{name}") if is_name(name) else None
    if record is None:
        return None
    members = tuple(Member(*said) for said in record["members"])
    made = (record["id"], name, record["by"], record["by_name"], record["made"])
    return Team(*made, members, tuple(record["seats"]))


def every(state: State) -> Iterator[Team]:
    """Return all teams that have not ended, by name."""
    for name in state.names(ROOT):
        found = read(state, name)
        if found is not None:
            yield found


def count(state: State) -> int:
    """Return how many teams have not ended."""
    return len(state.names(ROOT))


def put(state: State, team: Team) -> None:
    """Write a team."""
    state.write_json(f"{ROOT}/{team.name}", team.to_json())


def drop(state: State, team: Team) -> None:
    """Take a team that has ended out."""
    state.remove(f"{ROOT}/{team.name}")
