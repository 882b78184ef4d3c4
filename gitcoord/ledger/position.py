"""How far the ledger has merged each session's log, and whether the session still lives.

A live session's position stands in its `session.json`, beside what the domain keeps there; an ended one is one line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gitcoord.dataclass import dataclass
from gitcoord.policy import layout
from gitcoord.policy.ids import NO_OBJECT, StoreOid

if TYPE_CHECKING:
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId


@dataclass(frozen=True, slots=True)
class Position:
    """Number and object id of the last merged event; (0, '') before the first."""

    number: int
    tip: StoreOid
    standing: Literal["unknown", "live", "ended"]


UNKNOWN = Position(0, NO_OBJECT, "unknown")


def live_directory(session: SessionId) -> str:
    """Where a live session stands."""
    return layout.live_session(session)


def live_path(session: SessionId) -> str:
    """The record of a live session."""
    return f"{live_directory(session)}/session.json"


def ended_path(session: SessionId) -> str:
    """The line of a session that has ended."""
    return layout.ended_session(session)


def read(state: State, session: SessionId) -> Position:
    """Where the ledger stands with this session."""
    record = state.json(live_path(session))
    if record is not None:
        return Position(record["number"], StoreOid(record["tip"]), "live")
    record = state.json(ended_path(session))
    if record is not None:
        return Position(record["number"], StoreOid(record["tip"]), "ended")
    return UNKNOWN


def advance(state: State, session: SessionId, number: int, tip: StoreOid, last: int | None) -> None:
    """Record that the log is merged up to (number, tip); `last` is the time of an operation, which renews the lease."""
    for path in (live_path(session), ended_path(session)):
        record = state.json(path)
        if record is not None:
            break
    else:  # refused before it ever lived
        path, record = ended_path(session), {"how": "refused"}
    record |= {"number": number, "tip": tip}
    if last is not None and path == live_path(session):
        record["last"] = last  # also an earlier one: a clock that was ahead once holds nothing for long
    state.write_json(path, record)
