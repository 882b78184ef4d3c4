"""An event: one commit on the log of its session.

Operations need a verdict, statements do not. An event is named by its random id for ever; its place in the ledger is
not part of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from gitcoord.errors import Unreadable
from gitcoord.kernel.objects import EMPTY_TREE
from gitcoord.ledger import commit

STATEMENTS = frozenset({"message", "ack", "progress", "waiting"})
"""Kinds that need no verdict; they are merged along. Every other kind is an operation."""

LARGEST = 1 << 20
"""Bytes of an event commit; a larger one quarantines its session."""

ID_DIGITS = 32

LONGEST_SESSION = 60
"""Characters of a session's id."""

_HEX = frozenset("0123456789abcdef")
_SESSION = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a session wants to record: not numbered or dated yet. It gets a new id, unless it was recorded before.

    `tree` is that of the commit: empty, unless files go with it.
    """

    kind: str
    subject: str
    data: dict[str, Any] = field(default_factory=dict)
    body: str = ""
    id: str = ""
    tree: str = EMPTY_TREE


@dataclass(frozen=True, slots=True)
class Event:
    """A recorded event. `number` counts from 1 on its log; `oid` is its commit, `parent` the event before or ''."""

    kind: str
    session: str
    number: int
    id: str
    time: int
    subject: str
    body: str
    data: dict[str, Any]
    oid: str
    parent: str
    tree: str = EMPTY_TREE

    @property
    def is_operation(self) -> bool:
        """Whether it needs a verdict."""
        return self.kind not in STATEMENTS


def encode(draft: Draft, *, session: str, number: int, event_id: str, time: int, mail: str, parent: str) -> bytes:
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
    return commit.Commit(draft.tree, parents, session, mail, time, draft.subject, draft.body, tuple(trailers)).encode()


def decode(oid: str, content: bytes) -> Event:
    """Read an event commit. Raises `Unreadable` where it is none, or not one of ours."""
    if len(content) > LARGEST:
        raise Unreadable(f"event {oid} is larger than {LARGEST} bytes")
    record = commit.decode(content)
    trailers = dict(record.trailers)
    try:
        kind, session, event_id = trailers["Coord-Event"], trailers["Coord-Session"], trailers["Coord-Id"]
        number = _number(trailers["Coord-Number"])
        data = json.loads(trailers.get("Coord-Data", "{}"))
    except (KeyError, ValueError, RecursionError) as error:
        raise Unreadable(f"commit {oid} is no event of a session log") from error
    # Both ids become names in the state's tree: no event of ours has others, and nobody else's may.
    if not _HEX.issuperset(event_id) or not _SESSION.issuperset(session) or len(session) > LONGEST_SESSION:
        raise Unreadable(f"commit {oid} is no event: it has a malformed id")
    if not isinstance(data, dict) or not session or len(event_id) != ID_DIGITS or len(trailers) != len(record.trailers):
        raise Unreadable(f"commit {oid} is no well-formed event")
    parent = record.parents[0] if record.parents else ""
    return Event(
        kind, session, number, event_id, record.time, record.subject, record.body, data, oid, parent, record.tree
    )


def _number(text: str) -> int:
    """A number in its one spelling: `int` alone reads others, too, and which ones depends on its Unicode tables."""
    if not text.isascii() or not text.isdigit() or text[0] == "0" or len(text) > 12:
        raise ValueError(text)
    return int(text)
