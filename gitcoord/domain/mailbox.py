"""A session's mailbox: which messages are for it, and how far it has read.

Reading is recorded by `ack` events on the reader's own log; the newest says all (`Cursor`). So it survives with the
log, whatever becomes of this clone's files, and a sender can see how far it was read.

What was sent to a name, and its bearer did not read before it was over, is for the next session of that name; what was
sent to a role or a capability before anybody who has it came, for the first who reads it (docs/messages.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gitcoord.domain import feed, fields, message, session
from gitcoord.domain.message import bears
from gitcoord.errors import Unreadable
from gitcoord.ledger.event import Draft
from gitcoord.ledger.fold import Malformed
from gitcoord.policy.topic import matches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.message import Message
    from gitcoord.domain.session import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.chronicle import Chronicle, Entry
    from gitcoord.ledger.state import State

MAIL = ("message", "ack")
LINEAGE = 100
"""Sessions that resumed one another, at most."""


@dataclass(slots=True)
class Cursor:
    """How far a session has read.

    `read` is for each sender the number on its log up to which everything addressed to the reader was shown, `also`
    the ids shown beyond that. `inherited` are the ids shown of what was sent to somebody before it.
    """

    read: dict[str, int] = field(default_factory=dict)
    also: set[str] = field(default_factory=set)
    inherited: set[str] = field(default_factory=set)

    def covers(self, entry: Entry) -> bool:
        """Whether a message to the reader itself was shown."""
        return entry.number <= self.read.get(entry.session, 0) or entry.id in self.also

    def draft(self, count: int) -> Draft:
        """The event that says so."""
        data = {"read": self.read, "also": sorted(self.also), "inherited": sorted(self.inherited)}
        shown = {key: value for key, value in data.items() if value}
        return Draft("ack", f"read {count} message{'' if count == 1 else 's'}", shown)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which messages are wanted: of a thread, a topic that a pattern means, at least a priority, since a time."""

    thread: str = ""
    topic: str = ""
    priority: str = ""
    since: int = 0

    def wants(self, item: Message) -> bool:
        """Whether a message is one of them."""
        rank = message.PRIORITIES.index
        return (
            (not self.thread or item.thread == self.thread)
            and (not self.topic or (bool(item.topic) and matches(self.topic, item.topic)))
            and (not self.priority or rank(item.priority) >= rank(self.priority))
            and item.time >= self.since
        )


EVERYTHING = Filter()


def cursor_of(workspace: Workspace, chronicle: Chronicle, reader: str) -> Cursor:
    """What a session said last of how far it has read."""
    entry = chronicle.last([f"cursor:{reader}"], session=reader)
    if entry is None:
        return Cursor()
    try:
        data = feed.event(workspace, entry).data
        read = data.get("read", {})
        if not isinstance(read, dict):
            raise Malformed("read is no object")
        vector = {sender: fields.number(read, sender) for sender in read}
        return Cursor(vector, set(fields.texts(data, "also")), set(fields.texts(data, "inherited")))
    except (Malformed, Unreadable):
        return Cursor()


class Mailbox:
    """The mailbox of a live session, as it is while this is used."""

    def __init__(self, workspace: Workspace, chronicle: Chronicle, state: State, me: Session) -> None:
        self._workspace = workspace
        self._chronicle = chronicle
        self._state = state
        self._me = me
        self._mine, self._since = self._lineage()
        self._cursors: dict[str, Cursor] = {}
        self.cursor = next((one for name in self._mine if (one := self._cursor(name)) != Cursor()), Cursor())
        self._low = chronicle.mark(f"low:{me.id}")
        self._left = chronicle.mark(f"left:{me.id}")
        self._held = 0

    def _lineage(self) -> tuple[list[str], int]:
        """This session and those that it resumed, the youngest first, and when the first of them began."""
        found, since = [self._me.id], self._me.since
        while len(found) < LINEAGE:
            begun = self._chronicle.last(kinds=["register"], session=found[-1])
            if begun is None:
                break
            since = min(since, begun.time)
            before = feed.event(self._workspace, begun).data.get("resumes")
            if not isinstance(before, str) or not before or before in found:
                break
            found.append(before)
        return found, since

    def _cursor(self, reader: str) -> Cursor:
        if reader not in self._cursors:
            self._cursors[reader] = cursor_of(self._workspace, self._chronicle, reader)
        return self._cursors[reader]

    def unread(self, wanted: Filter = EVERYTHING) -> list[Message]:
        """What was not shown yet and has not expired, in the order of arrival."""
        now = self._workspace.clock.now()
        found = []
        for entry in self._chronicle.about(self._direct(), after=self._low, kinds=MAIL):
            if not self.cursor.covers(entry):
                item = self._open(entry)
                if item is not None and self._is_mine(entry, item):
                    found.append((entry.seq, item))
        self._held = 0
        for entry in self._chronicle.about(self._shared(), after=self._left, kinds=MAIL):
            if entry.id not in self.cursor.inherited:
                item = self._open(entry)
                if item is not None and self._is_left(entry, item):
                    found.append((entry.seq, item))
        found = [(seq, item) for seq, item in found if item.expires is None or item.expires > now]
        return [item for _, item in sorted(found, key=lambda pair: pair[0]) if wanted.wants(item)]

    def history(self, wanted: Filter, limit: int) -> list[Message]:
        """The last messages that were for this session, or of a thread whoever they were for, read or not."""
        terms = [f"thread:{wanted.thread}"] if wanted.thread else [*self._direct(), *self._shared()]
        look = limit
        while True:
            entries = self._chronicle.about(terms, since=wanted.since, kinds=MAIL, newest=look)
            opened = [(entry, item) for entry in entries if (item := self._open(entry)) is not None]
            found = [item for entry, item in opened if wanted.wants(item) and self._concerns(entry, item, wanted)]
            if len(found) >= limit or len(entries) < look:
                return found[-limit:]
            look *= 4

    def shown(self, items: Iterable[Message], *, all_of_it: bool) -> Draft | None:
        """The event that records these as read; `all_of_it`: they are the first that were unread, without a gap."""
        count = 0
        for item in items:
            count += 1
            if not self._is_direct(item):
                self.cursor.inherited.add(item.id)
            elif all_of_it:
                self.cursor.read[item.sender] = max(item.number, self.cursor.read.get(item.sender, 0))
            else:
                self.cursor.also.add(item.id)
        if all_of_it:
            self.cursor.also = {text for text in self.cursor.also if not self._passed(text)}
        return self.cursor.draft(count) if count else None

    def nothing_left(self, seq: int) -> None:
        """Everything up to `seq` was read: later looks begin there, or at what a living session has yet to read."""
        self._chronicle.put_mark(f"low:{self._me.id}", seq)
        self._chronicle.put_mark(f"left:{self._me.id}", self._held - 1 if self._held else seq)

    def _passed(self, text: str) -> bool:
        return any(entry.number <= self.cursor.read.get(entry.session, 0) for entry in self._chronicle.named(text))

    def _open(self, entry: Entry) -> Message | None:
        try:
            return message.readable(feed.event(self._workspace, entry))
        except Unreadable:
            return None

    def _direct(self) -> list[str]:
        """The terms of what is for this session itself."""
        return [*(f"to:session:{name}" for name in self._mine), "to:all:", *self._roles()]

    def _roles(self) -> list[str]:
        roles = [f"to:role:{self._me.role}"] if self._me.role else []
        return roles + [f"to:can:{capability}" for capability in self._me.capabilities]

    def _shared(self) -> list[str]:
        """The terms of what may have been left for it by those before it."""
        return [f"to:name:{self._me.name}", *self._roles()]

    def _is_direct(self, item: Message) -> bool:
        """Whether it was sent to this session itself, not to those before it."""
        if item.to.kind in ("session", "name"):
            return item.to.value in self._mine
        return item.to.kind == "all" or any(
            max(entry.time, entry.arrived) >= self._since for entry in self._chronicle.named(item.id)
        )

    def _is_mine(self, entry: Entry, item: Message) -> bool:
        if item.to.kind == "session":
            return True  # also what this clone has to say to the session on its own log
        return entry.session not in self._mine and max(entry.time, entry.arrived) >= self._since

    def _is_left(self, entry: Entry, item: Message) -> bool:
        """Whether it was sent to somebody before this session, and nobody has read it."""
        to = item.to
        if entry.session in self._mine or item.id in self.cursor.also or to.kind == "all":
            return False
        if to.kind == "session":
            if to.value in self._mine:
                return False
            if self._is_there(to.value):
                self._held = self._held or entry.seq
                return False
            term = f"name:{to.name}"
        elif to.kind != "name" and max(entry.time, entry.arrived) >= self._since:
            return False  # found among the direct ones
        else:
            term = f"{to.kind}:{to.value}"
        readers = {found.session for found in self._chronicle.about([term], kinds=["register"])}
        return not any(
            self._cursor(reader).covers(entry) or item.id in self._cursor(reader).inherited
            for reader in readers.difference(self._mine)
        )

    def _is_there(self, name: str) -> bool:
        living = session.read(self._state, name)
        return living is not None and not self._workspace.gone(living)

    def _concerns(self, entry: Entry, item: Message, wanted: Filter) -> bool:
        """Whether history shows it: what is for others with the same name is theirs, as is what was said before."""
        if wanted.thread:
            return True
        if entry.session in self._mine:
            return False
        shared = item.to.kind in ("all", "role", "can") and bears(self._me, item.to)
        return (
            (item.to.kind == "session" and item.to.value in self._mine)
            or (shared and max(entry.time, entry.arrived) >= self._since)
            or item.id in self.cursor.inherited
            or self._is_left(entry, item)
        )
