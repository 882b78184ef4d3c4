"""What happened to a session behind its back: kept with it until it ends, shown at its next command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain.session import record as session
from gitcoord.ledger import position
from gitcoord.policy.scope import Scope

LOST = {
    "deadline": "your deadline had passed",
    "lease": "your lease had run out",
    "process": "your process had ended",
    "ahead": "your clock was ahead",
}
"""Why a claim could be taken over, by the evidence of the take, as its old holder reads it."""

if TYPE_CHECKING:
    from collections.abc import Collection

    from gitcoord.ledger.fold import Operation
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId

MOST = 100
"""Notices kept for one session; the eldest go first."""


def _directory(to: SessionId) -> str:
    return f"{position.live_directory(to)}/notices"


def leave(state: State, to: SessionId, operation: Operation, what: str, **facts: object) -> None:
    """Tell a live session what an operation did to it; `what` is 'taken' or 'bypassed'."""
    if session.read(state, to) is None:
        return
    directory = _directory(to)
    # The number comes first, so that names sort by time.
    name = f"{operation.number:012d}.{operation.event.id}"
    state.write_json(
        f"{directory}/{name}",
        {
            "what": what,
            "by": operation.session,
            "time": operation.time,
            "why": operation.event.body[:500],
            **facts,
        },
    )
    for surplus in state.names(directory)[:-MOST]:
        state.remove(f"{directory}/{surplus}")


def to(state: State, reader: SessionId) -> list[tuple[str, dict[str, Any]]]:
    """All notices to a session with their names, eldest first."""
    names = state.names(_directory(reader))
    return [(name, state.json(f"{_directory(reader)}/{name}") or {}) for name in names]


def about(state: State, reader: SessionId, claim: str, scopes: Collection[Scope] = ()) -> dict[str, Any] | None:
    """The notice that tells `reader` how it lost a claim, or one of these scopes of it; None where none does."""
    found = (item for _, item in reversed(to(state, reader)) if claim in item.get("claims", ()))
    if scopes:
        found = (item for item in found if any(Scope.from_json(lost) in scopes for lost in item.get("scopes", ())))
    return next(found, None)
