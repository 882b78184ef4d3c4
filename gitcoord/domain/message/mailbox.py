"""A session's mailbox: which messages are for it, and how far it has read.

Reading is recorded by `ack` events on the reader's own log (`domain/message/cursor.py`). So it survives with the
log, whatever becomes of this clone's files, and a sender can see how far it was read.

What was sent to a name, and its bearer did not read before it was over, is for the next session of that name; what was
sent to a role or a capability before anybody who has it came, for the first who reads it (docs/messages.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain.history import event_scopes, feed
from gitcoord.domain.message import record as message
from gitcoord.domain.message.cursor import Cursor
from gitcoord.domain.message.readers import Beginning, Readers, is_since
from gitcoord.domain.message.record import bears
from gitcoord.errors import Unreadable
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gitcoord.domain.message.record import Message
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.chronicle import Chronicle, Entry
    from gitcoord.ledger.event import Draft, Event
    from gitcoord.ledger.state import State

MAIL = ("message", "ack")

PATIENCE = 60
"""Seconds from its arrival on for which a message that cannot be read holds back what its sender said after it.

A prune beside it may have taken its object, which comes back from a journal or with the next fetch. To show what
follows would record the message as read.
"""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which messages are wanted: of a thread, a topic that a pattern means, at least a priority, since a time."""

    thread: str = ""
    topic: str = ""
    priority: str = ""
    since: int = 0

    def wants(self, item: Message) -> bool:
        """Whether a message is one of them."""
        return (
            (not self.thread or item.thread == self.thread)
            and message.suits(item.topic, item.priority, pattern=self.topic, least=self.priority)
            and item.time >= self.since
        )


EVERYTHING = Filter()


class Mailbox:
    """The mailbox of a live session, as it is while this is used."""

    def __init__(self, workspace: Workspace, chronicle: Chronicle, state: State, me: Session) -> None:
        self._workspace = workspace
        self._chronicle = chronicle
        self._readers = Readers(workspace, chronicle, state)
        self._me = me
        self._mine, since = self._readers.lineage(me.id)
        self._since = min(since, Beginning(me.since, since.seq))
        self.cursor = next((one for name in self._mine if (one := self._readers.cursor(name)) != Cursor()), Cursor())
        self._low = chronicle.mark(f"low:{me.id}")
        begun = [entry for name in self._mine if (entry := chronicle.begun(name)) is not None]
        self._first = min((entry.seq for entry in begun), default=0)  # what is for all concerns it from here on
        self._cut = False
        self._held: dict[str, int] = {}
        self._unreadable: dict[SessionId, int] = {}  # for each sender the first message that cannot be read just now
        self._found: dict[tuple[str, str], Entry] = {}

    def unread(self, wanted: Filter = EVERYTHING) -> list[Message]:
        """What was not shown yet and has not expired, in the order of arrival."""
        return self._unread(wanted, 0)

    def newest_unread(self, most: int) -> list[Message]:
        """The newest of what is unread, at most so many, without a look at all the rest."""
        look = most
        while True:
            self._cut = False
            found = self._unread(EVERYTHING, look)
            if len(found) >= most or not self._cut:
                return found[-most:]
            look *= 4

    def _unread(self, wanted: Filter, newest: int) -> list[Message]:
        now, self._unreadable = self._workspace.clock.now(), {}
        found = {entry.seq: item for entry, item in [*self._direct(newest), *self._left(newest)]}
        return [
            item
            for seq, item in sorted(found.items())
            if seq < self._unreadable.get(item.sender, seq + 1)
            and (item.expires is None or item.expires > now)
            and wanted.wants(item)
            and not self._is_over(seq, item)
        ]

    def _is_over(self, seq: int, item: Message) -> bool:
        """Whether a message says that its sender waits, and the sender has claimed what it waited for."""
        if item.type != "waiting":
            return False
        begun = self._chronicle.about(session=item.sender, kinds=["waiting"], before=seq, newest=1)
        later = self._chronicle.about(session=item.sender, kinds=["claim", "take"], after=seq)
        wanted = [set(event_scopes.scopes(event)) for event in map(self._event, begun) if event is not None]
        return any(event is not None and set(event_scopes.scopes(event)) in wanted for event in map(self._event, later))

    def _event(self, entry: Entry) -> Event | None:
        try:
            return feed.event(self._workspace, entry)
        except Unreadable:
            return None

    def _direct(self, newest: int) -> Iterator[tuple[Entry, Message]]:
        """What was sent to this session itself; with `newest` the last of it."""
        entries = self._under(self._to_me(), self._low, newest)
        entries += self._to_all(self._low, ["to:all:", *message.roles_of(self._me)], newest)
        for entry in entries:
            if not self._readers.covers(self.cursor, entry):
                item = self._open(entry)
                if item is not None and self._is_direct(entry, item):
                    yield entry, item

    def _to_all(self, after: int, terms: list[str], newest: int = 0) -> list[Entry]:
        """What others sent to many, this session among them, since it is there."""
        return self._under(terms, max(after, self._first), newest, since=self._since.time, besides=self._mine)

    def _under(
        self, terms: list[str], after: int, newest: int, *, since: int = 0, besides: Collection[str] = ()
    ) -> list[Entry]:
        """Messages under these terms; with `newest` only so many of the last, which is noted where there are more."""
        about = self._chronicle.about
        found = about(terms, after=after, since=since, kinds=MAIL, besides=besides, newest=newest) if terms else []
        self._cut |= bool(newest) and len(found) == newest
        return found

    def _left(self, newest: int) -> Iterator[tuple[Entry, Message]]:
        """What was left for it by those before it; what somebody may yet read, or must not, holds the mark back."""
        self._held = {}
        for term in self._shared():
            begin = self._chronicle.mark(f"left:{term}")
            direct = {entry.seq for entry in self._under(self._to_me(), begin, newest)}
            if not term.startswith("to:name:"):
                many = self._to_all(begin, [term], newest)
                direct |= {entry.seq for entry in many}
            for entry in self._under([term], begin, newest):
                if entry.seq not in direct and not self.cursor.has_seen(entry):
                    item = self._open(entry)
                    if item is not None and self._is_left(entry, item, term):
                        yield entry, item

    def history(self, wanted: Filter, limit: int) -> list[Message]:
        """The last messages that were for this session, or of a thread whoever they were for, read or not."""
        look = limit
        while True:
            entries = self._last(wanted, look)
            opened = [(entry, item) for entry in entries if (item := self._open(entry)) is not None]
            found = [item for entry, item in opened if wanted.wants(item) and self._concerns(entry, item, wanted)]
            if len(found) >= limit or len(entries) < look:
                return found[-limit:]
            look *= 4

    def _last(self, wanted: Filter, look: int) -> list[Entry]:
        """So many of the last messages that history may show, in the order of arrival."""
        about, since = self._chronicle.about, wanted.since
        if wanted.thread:
            return about([f"thread:{wanted.thread}"], since=since, kinds=MAIL, newest=look)
        found = about(["to:all:"], after=self._first, since=since, kinds=MAIL, besides=self._mine, newest=look)
        found += about([*self._to_me(), *self._shared()], since=since, kinds=MAIL, newest=look)
        return [entry for _, entry in sorted({entry.seq: entry for entry in found}.items())][-look:]

    def shown(self, items: Iterable[Message], *, all_of_it: bool) -> Draft | None:
        """The event that records these as read; they were unread. `all_of_it`: the first of them, without a gap."""
        count = 0
        for item in items:
            count += 1
            entry = self._found[item.sender, item.id]
            if not self._is_direct(entry, item):
                self.cursor.inherited[item.id] = None
            elif all_of_it and not self._chronicle.has_forked(item.sender):
                self.cursor.advance(entry)
            else:
                self.cursor.also[item.id] = None
        if all_of_it:
            self.cursor.also = dict.fromkeys(text for text in self.cursor.also if not self._passed(text))
        return self.cursor.draft(count, self._chronicle) if count else None

    def nothing_left(self, seq: int) -> None:
        """Record that everything up to `seq` was read: later looks begin there.

        They begin earlier where a message is held back, or is for somebody else to read first.
        """
        seq = min([seq, *(first - 1 for first in self._unreadable.values())])
        self._chronicle.put_mark(f"low:{self._me.id}", seq)
        for term in self._shared():
            self._chronicle.put_mark(f"left:{term}", self._held.get(term, seq + 1) - 1)

    def is_left(self, item: Message) -> bool:
        """Whether an unread message was sent to somebody before this session."""
        return not self._is_direct(self._found[item.sender, item.id], item)

    def _passed(self, text: str) -> bool:
        return any(self._readers.covers(Cursor(self.cursor.read, self.cursor.at), entry) for entry in self._named(text))

    def _named(self, text: str) -> list[Entry]:
        return [entry for entry in self._chronicle.named(text) if not self._chronicle.has_forked(entry.session)]

    def _open(self, entry: Entry) -> Message | None:
        self._found[entry.session, entry.id] = entry
        try:
            return message.readable(feed.event(self._workspace, entry))
        except Unreadable:
            if self._workspace.clock.now() - entry.arrived < PATIENCE:
                self._unreadable[entry.session] = min(entry.seq, self._unreadable.get(entry.session, entry.seq))
            return None

    def _to_me(self) -> list[str]:
        return [f"to:session:{name}" for name in self._mine]

    def _shared(self) -> list[str]:
        """The terms of what may have been left for it by those before it."""
        return [f"to:name:{self._me.name}", *message.roles_of(self._me)]

    def _is_direct(self, entry: Entry, item: Message) -> bool:
        """Whether it was sent to this session itself, not to those before it."""
        if item.to.kind == "session":
            return item.to.value in self._mine  # also what this clone has to say to the session on its own log
        return item.to.kind != "name" and entry.session not in self._mine and is_since(entry, self._since)

    def _is_left(self, entry: Entry, item: Message, term: str) -> bool:
        """Whether it was sent to somebody before this session, and nobody has read it."""
        if item.to.kind == "all" or self._is_direct(entry, item):
            return False
        if self._readers.anybody(entry, item.to, self._mine):
            return False
        own = entry.session in self._mine
        if own or (item.to.kind == "session" and self._readers.may_yet_read(SessionId(item.to.value))):
            self._held.setdefault(term, entry.seq)
            return False
        return True

    def _concerns(self, entry: Entry, item: Message, wanted: Filter) -> bool:
        """Whether history shows it: what is for others with the same name is theirs, as is what was said before."""
        if wanted.thread:
            return True
        if entry.session in self._mine:
            return False
        shared = item.to.kind in ("all", "role", "can", "team") and bears(self._me, item.to)
        return (
            (item.to.kind == "session" and item.to.value in self._mine)
            or (shared and is_since(entry, self._since))
            or item.id in self.cursor.inherited
            or self._is_left(entry, item, "")
        )
