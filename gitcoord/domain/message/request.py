"""Requests: messages whose sender waits for an acknowledgement, and whether one came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain.history import feed
from gitcoord.domain.message import record as message
from gitcoord.domain.session import record as session
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.figure import Choice
    from gitcoord.domain.message.record import Message
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.chronicle import Chronicle, Entry
    from gitcoord.ledger.state import State

LATEST = 20
"""Of the requests to a session, and of its own, so many of the last are looked at."""


@dataclass(frozen=True, slots=True)
class Response:
    """A request, and when it was acknowledged first; None where it was not."""

    sent: int
    acknowledged: int | None


def to_me(workspace: Workspace, chronicle: Chronicle, state: State, me: Session) -> list[Message]:
    """Requests to this session that it has to answer still, the eldest first.

    One to everybody is for each to answer; one to a role or a capability is answered when anybody has.
    """
    terms = [f"to:session:{me.id}", f"to:name:{me.name}", "to:all:", *message.roles_of(me)]
    entries = chronicle.about([message.ASKS + term for term in terms], kinds=["message"], newest=LATEST)
    found = []
    for entry, item in _opened(workspace, entries):
        if entry.session != me.id and not is_answered(chronicle, item, me.id) and _is_for(state, me, entry, item):
            found.append(item)
    return found


def is_answered(chronicle: Chronicle, item: Message, me: str) -> bool:
    """Return whether this session has answered everything. What was sent to everybody is for each to answer."""
    answers = _answers(chronicle, item.id, item.sender)
    return any(answer.session == me for answer in answers) if item.to.kind == "all" else bool(answers)


def of_mine(workspace: Workspace, chronicle: Chronicle, me: Session) -> list[Message]:
    """Requests of this session that nobody has acknowledged, the eldest first."""
    entries = chronicle.about([f"{message.ASKS}by:{me.id}"], kinds=["message"], newest=LATEST)
    return [item for _, item in _opened(workspace, entries) if not _answers(chronicle, item.id, item.sender)]


def responses(chronicle: Chronicle, choice: Choice) -> Iterator[Response]:
    """The requests that the sessions meant have sent since then, and when each was acknowledged."""
    for entry in chronicle.about([message.ASKS], kinds=["message"], since=choice.since):
        if not choice.of(entry.session):
            continue
        answers = _answers(chronicle, entry.id, entry.session)
        yield Response(entry.time, min((answer.time for answer in answers), default=None))


def acknowledged(chronicle: Chronicle, message_id: str, session_id: SessionId) -> int | None:
    """Return when a session acknowledged a message first, None where it has not."""
    found = chronicle.about([f"re:{message_id}"], kinds=[message.ACK])
    return min((answer.time for answer in found if answer.session == session_id), default=None)


def _opened(workspace: Workspace, entries: list[Entry]) -> Iterator[tuple[Entry, Message]]:
    """The messages behind the entries, without those that have expired."""
    now = workspace.clock.now()
    for entry in entries:
        item = feed.message_at(workspace, entry)
        if item is not None and (item.expires is None or item.expires > now):
            yield entry, item


def _answers(chronicle: Chronicle, message_id: str, sender: str) -> list[Entry]:
    """The acknowledgements of a message by anybody but its sender."""
    found = chronicle.about([f"re:{message_id}"], kinds=[message.ACK])
    return [answer for answer in found if answer.session != sender]


def _is_for(state: State, me: Session, entry: Entry, item: Message) -> bool:
    """Whether it is for this session: what was sent to one of its name that is over is, too."""
    if item.to.kind == "session":
        return item.to.value == me.id or session.read(state, SessionId(item.to.value)) is None
    return item.to.kind == "name" or max(entry.time, entry.arrived) >= me.since
