"""Which sessions are meant, living or not: by an id or a name, or by a role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.history import timeline
from gitcoord.errors.session import NeverWas
from gitcoord.policy.ids import SessionId
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.domain.history.timeline import Reader
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.chronicle import Chronicle


def chosen(workspace: Workspace, of: str, role: str) -> frozenset[str] | None:
    """Return the ids of the sessions that `among` returns, None where neither is given. Raises `NotFound`."""
    if not of and not role:
        return None
    with timeline.reading(workspace) as reader:
        return among(reader, of, role)


def among(reader: Reader, of: str, role: str) -> frozenset[str] | None:
    """Return the ids of the sessions with this id or name, and with this role; None where neither is given.

    Raises `NotFound` where there never was a session of this id or name.
    """
    if not of and not role:
        return None
    chronicle = reader.chronicle
    found = _called(chronicle, of) if of else {entry.session for entry in chronicle.about(kinds=["register"])}
    return frozenset(who for who in found if not role or reader.who(who)[1] == role)


def _called(chronicle: Chronicle, text: str) -> set[SessionId]:
    found = {entry.session for entry in chronicle.about([f"name:{text}"], kinds=["register"])}
    if chronicle.about(session=SessionId(text), newest=1):
        found.add(SessionId(text))
    if not found:
        raise NeverWas(printable(text))
    return found
