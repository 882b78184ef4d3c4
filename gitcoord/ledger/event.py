"""An event: one commit on the log of its session.

Operations need a verdict, statements do not. An event is named by its random id for ever; its place in the ledger is
not part of it.
"""

from __future__ import annotations

from typing import Any

from gitcoord import errors
from gitcoord.dataclass import dataclass, field
from gitcoord.errors import TooLarge
from gitcoord.kernel import lightjson
from gitcoord.kernel.treeformat import EMPTY_TREE
from gitcoord.ledger import commit
from gitcoord.policy import limits
from gitcoord.policy.ids import EventId, SessionId, StoreOid

STATEMENTS = frozenset({"message", "ack", "progress", "waiting"})
"""Kinds that need no verdict; they are merged along. Every other kind is an operation."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a session wants to record: not numbered or dated yet. It gets a new id, unless it has one already."""

    kind: str
    subject: str
    data: dict[str, Any] = field(default_factory=dict)
    body: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A recorded event. `number` counts from 1 on its log; `oid` is its commit, `parent` the event before or ''.

    `flaw` says why its payload counts as empty, since the schema does not allow it; '' for a payload that is sound.
    """

    kind: str
    session: SessionId
    number: int
    id: EventId
    time: int
    subject: str
    body: str
    data: dict[str, Any]
    oid: StoreOid
    parent: StoreOid
    flaw: str = ""

    @property
    def is_operation(self) -> bool:
        """Whether it needs a verdict."""
        return self.kind not in STATEMENTS


def encode(
    draft: Draft, *, session: SessionId, number: int, event_id: EventId, time: int, mail: str, parent: StoreOid
) -> bytes:
    """The commit that records `draft` as event `number` of `session`."""
    trailers = [
        ("Coord-Event", draft.kind),
        ("Coord-Session", session),
        ("Coord-Number", str(number)),
        ("Coord-Id", event_id),
    ]
    if draft.data:
        trailers.append(("Coord-Data", commit.canonical(draft.data)))
    parents = (parent,) if parent else ()
    return commit.Commit(EMPTY_TREE, parents, session, mail, time, draft.subject, draft.body, tuple(trailers)).encode()


def decode(oid: StoreOid, content: bytes) -> Event:
    """Read an event commit. Raises `Unreadable` where it is not an event of ours, `TooLarge` where it is too large."""
    if len(content) > limits.EVENT_BYTES:
        raise TooLarge(f"event {oid}", len(content), limits.EVENT_BYTES)
    record = commit.decode(content)
    trailers = dict(record.trailers)
    try:
        kind, session, event_id = trailers["Coord-Event"], trailers["Coord-Session"], trailers["Coord-Id"]
        number = read_number(trailers["Coord-Number"], 12)
    except (KeyError, ValueError) as error:
        raise errors.storage.BadLog(oid, "it lacks a trailer") from error
    data, flaw = _payload(trailers.get("Coord-Data", "{}"))
    # Both ids become names in the state's tree: no event of ours has others, and nobody else's may.
    if not EventId.fits(event_id) or not SessionId.fits(session):
        raise errors.storage.BadLog(oid, "it has a malformed id")
    if record.tree != EMPTY_TREE:  # or whoever pushes a ledger would wait for what somebody put there
        raise errors.storage.BadLog(oid, "there are files in it")
    if len(trailers) != len(record.trailers):
        raise errors.storage.BadLog(oid, "its trailers are malformed")
    words = record.subject, record.body
    names = SessionId(session), number, EventId(event_id)
    return Event(kind, *names, record.time, *words, data, oid, record.before, flaw)


def _payload(text: str) -> tuple[dict[str, Any], str]:
    """The payload, and what is wrong with it: in words of ours, since they stand in the verdict."""
    try:
        data = lightjson.parse(text)
    except ValueError:
        return {}, "the payload is not JSON within the limits"
    return (data, "") if isinstance(data, dict) else ({}, "the payload is not an object")


def read_number(text: str, digits: int) -> int:
    """A number from 1 up in its one spelling: `int` alone reads others, too, by its Unicode tables and its settings.

    Raises `ValueError` for anything else, and for more `digits`.
    """
    if not text.isascii() or not text.isdigit() or text[0] == "0" or len(text) > digits:
        raise ValueError(text)
    return int(text)
