"""How far a session has read its mail: an `ack` event on its own log, of which the newest says all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass, field
from gitcoord.domain import fields
from gitcoord.domain.history import feed
from gitcoord.errors import Malformed, Unreadable
from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import EventId

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.chronicle import Chronicle, Entry
    from gitcoord.policy.ids import SessionId

MOST_SENDERS = 4000
"""Senders that a cursor names, and `MOST_IDS` messages, so that it fits into an event.

Of more the eldest are left out, which matters only where the chronicle is lost, too: they are shown once more.
"""

MOST_IDS = 10_000
SHORT = 12
"""Characters of a commit id that tell two logs of a session apart."""


@dataclass(slots=True)
class Cursor:
    """How far a session has read.

    `read` is for each sender the number on its log up to which everything addressed to the reader was shown, `at` the
    commit there (its first characters); `also` are the ids shown beyond that, `inherited` those of what was sent to
    somebody before it. Both are kept in the order of reading.
    """

    read: dict[SessionId, int] = field(default_factory=dict)
    at: dict[SessionId, str] = field(default_factory=dict)
    also: dict[str, None] = field(default_factory=dict)
    inherited: dict[str, None] = field(default_factory=dict)

    def has_seen(self, entry: Entry) -> bool:
        """Whether a message was shown by itself, whoever it was for."""
        return entry.id in self.also or entry.id in self.inherited

    def advance(self, entry: Entry) -> None:
        """Everything up to this message of its sender was shown."""
        if entry.number > self.read.get(entry.session, 0):
            self.read[entry.session] = entry.number
            self.at[entry.session] = entry.oid[:SHORT]

    def draft(self, count: int, chronicle: Chronicle) -> Draft:
        """The event that says so."""
        self._shorten(chronicle)
        data = {"read": self.read, "at": self.at, "also": list(self.also), "inherited": list(self.inherited)}
        shown = {key: value for key, value in data.items() if value}
        return Draft("ack", f"read {count} message{'' if count == 1 else 's'}", shown)

    def _shorten(self, chronicle: Chronicle) -> None:
        self.also = dict.fromkeys(list(self.also)[-MOST_IDS:])
        self.inherited = dict.fromkeys(list(self.inherited)[-MOST_IDS:])
        if len(self.read) > MOST_SENDERS:
            newest = {name: entry.seq for name in self.read if (entry := chronicle.last(session=name)) is not None}
            kept = sorted(newest, key=newest.__getitem__)[-MOST_SENDERS // 2 :]
            self.read = {name: self.read[name] for name in kept}
            self.at = {name: self.at[name] for name in kept if name in self.at}


def of(workspace: Workspace, chronicle: Chronicle, reader: SessionId) -> Cursor:
    """What a session said last of how far it has read; nothing where that is malformed."""
    entry = chronicle.last([f"cursor:{reader}"], session=reader)
    try:
        return Cursor() if entry is None else _decode(feed.event(workspace, entry).data)
    except (Malformed, Unreadable):
        return Cursor()


def _decode(data: Mapping[str, Any]) -> Cursor:
    read, at = data.get("read", {}), data.get("at", {})
    if not isinstance(read, dict) or not isinstance(at, dict):
        raise Malformed("read is not an object")
    return Cursor(
        {sender: fields.number(read, sender) for sender in read},
        {sender: fields.text(at, sender) for sender in at},
        _ids(data, "also"),
        _ids(data, "inherited"),
    )


def _ids(data: Mapping[str, Any], key: str) -> dict[str, None]:
    found = data.get(key, [])
    if not isinstance(found, list) or not all(isinstance(item, str) and EventId.fits(item) for item in found):
        raise Malformed(f"{key} is not a list of ids")
    return dict.fromkeys(found)
