"""A session: who works here. A lease, counted from its last operation in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass
from gitcoord.errors import Malformed
from gitcoord.ledger import position
from gitcoord.policy import layout, limits
from gitcoord.policy.ids import SessionId, is_hexadecimal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from typing import TypeGuard

    from gitcoord.ledger.state import State

LONGEST_LEASE = 30 * 24 * 3600
RANDOM_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Session:
    """A live session as the ledger knows it. Times are seconds, `lease` a length in seconds.

    `tip` is the commit of its last merged event. `ancestors` are its parent, the parent's parent and so on, nearest
    first. `inherited` is the role whose limits a session without a role of its own has from its parent. `teams` are the
    names of the teams in which it is.
    """

    id: SessionId
    clone: str
    name: str
    role: str
    capabilities: tuple[str, ...]
    lease: int
    since: int
    last: int
    tip: str
    ancestors: tuple[SessionId, ...]
    work: str
    user: str
    host: str
    branch: str
    worktree: str
    agent: str
    pid: int
    terminal: str
    inherited: str = ""
    teams: tuple[str, ...] = ()

    @property
    def bound(self) -> str:
        """The role that says what it may do, '' where none does."""
        return self.role or self.inherited

    @property
    def held_until(self) -> int:
        """When its lease runs out unless it is renewed."""
        return self.last + self.lease

    def related(self, other: str) -> bool:
        """Whether the other session is this one or an ancestor of it."""
        return other == self.id or other in self.ancestors


def slug(name: str) -> str:
    """The readable part of an id: lower case letters, digits and single dashes."""
    plain = "".join(char if char.isascii() and char.isalnum() else "-" for char in name.lower())
    return "-".join(part for part in plain.split("-") if part)[:40].strip("-") or "session"


def well_formed(session: str) -> TypeGuard[SessionId]:
    """Whether an id looks as `slug` and the random digits make it."""
    head, dash, digits = session.rpartition("-")
    return (
        bool(head and dash)
        and len(session) <= limits.SESSION
        and head == slug(head)
        and len(digits) == RANDOM_DIGITS
        and is_hexadecimal(digits)
    )


def read(state: State, session: SessionId) -> Session | None:
    """A live session, or None."""
    record = state.json(position.live_path(session))
    return None if record is None else _decode(session, record)


def acting(state: State, session: SessionId) -> Session:
    """Return the live session that recorded an operation. Raises `Malformed` where none of this id lives."""
    found = read(state, session)
    if found is None:
        raise Malformed("the session is not alive")
    return found


def live_ids(state: State) -> Iterator[SessionId]:
    """Ids of all live sessions."""
    for fan in state.names(layout.LIVE):
        yield from map(SessionId, state.names(f"{layout.LIVE}/{fan}"))


def every(state: State) -> Iterator[Session]:
    """All live sessions."""
    for session in live_ids(state):
        found = read(state, session)
        if found is not None:
            yield found


def ended(state: State, session: SessionId) -> dict[str, Any] | None:
    """How a session ended: {"how", "time", ...}, or None while it lives or where it is not known."""
    return state.json(position.ended_path(session))


def past(state: State) -> Iterator[tuple[SessionId, dict[str, Any]]]:
    """Every session that is over, and how it ended; those that never came to life are not among them."""
    for fan in state.names("sessions/ended"):
        for name in map(SessionId, state.names(f"sessions/ended/{fan}")):
            record = ended(state, name) or {}
            if record.get("how") != "refused":
                yield name, record


def called(state: State, session: SessionId) -> str:
    """Return what a session (its id) is called: as `label` while it lives, by its id afterwards."""
    living = read(state, session)
    return session if living is None else label(living, twins(state))


def twins(state: State) -> frozenset[str]:
    """Return the readable parts of ids that two or more live sessions bear: so their names may be one."""
    return twins_among(live_ids(state))


def twins_among(ids: Iterable[str]) -> frozenset[str]:
    """Return the readable parts that two or more of these ids have; an id may stand there more than once."""
    seen: set[str] = set()
    again: set[str] = set()
    for known in dict.fromkeys(ids):
        head = known.rpartition("-")[0]
        (again if head in seen else seen).add(head)
    return frozenset(again)


def label(item: Session, shared: Collection[str]) -> str:
    """Return the name of a session, with its id beside it where the readable part of that is in `shared`."""
    return labelled(item.name, item.id, shared)


def labelled(name: str, session: SessionId, shared: Collection[str]) -> str:
    """Return the name that a session (its id) has or had, with the id beside it as in `label`."""
    return f"{name} ({session})" if session.rpartition("-")[0] in shared and name != session else name


def registered(session: SessionId, data: dict[str, Any], time: int) -> Session:
    """Return a session as it said that it began, by the payload of its accepted `register` and its time in seconds."""
    names = ("clone", "name", "role", "work", "user", "host", "branch", "worktree", "agent", "terminal")
    record = {"capabilities": [], "lease": 0, "pid": 0, **dict.fromkeys(names, ""), **data}
    return _decode(session, {**record, "since": time, "last": time, "tip": "", "ancestors": []})


def _decode(session: SessionId, record: dict[str, Any]) -> Session:
    return Session(
        id=session,
        clone=record["clone"],
        name=record["name"],
        role=record["role"],
        capabilities=tuple(record["capabilities"]),
        lease=record["lease"],
        since=record["since"],
        last=record["last"],
        tip=record["tip"],
        ancestors=tuple(record["ancestors"]),
        work=record["work"],
        user=record["user"],
        host=record["host"],
        branch=record["branch"],
        worktree=record["worktree"],
        agent=record["agent"],
        pid=record["pid"],
        terminal=record["terminal"],
        inherited=record.get("inherits", ""),
        teams=tuple(record.get("teams", ())),
    )
