"""Watch what happens, as it happens. Reads only: starts no session, marks nothing as read."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain import checkout
from gitcoord.domain.agreement import HUB_EVERY
from gitcoord.domain.claim import record as claim
from gitcoord.domain.history import feed, timeline
from gitcoord.domain.history.timeline import GONE, TimelineEntry
from gitcoord.domain.message import record as message
from gitcoord.domain.session import record as session
from gitcoord.errors import Busy, CoordError, DamagedFile, Malformed, Unreadable
from gitcoord.policy.moment import Moment

if TYPE_CHECKING:
    from collections.abc import Generator

    from gitcoord.domain.history.timeline import Reader
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.chronicle import Chronicle, Entry

REMEMBERED = 10_000
"""Ids of what was shown last, so that nothing is repeated where the chronicle was made anew meanwhile."""


SETTLING = 4.0
"""Seconds for which what was just recorded here is not shown: the hub may be about to confirm it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shown: these kinds, of this session (id or name), of sessions with this role, of these types.

    A type is that of the message, or of the task, that an event is about. `topic`, `priority` (at least) and `mine`
    (for this session) mean messages alone.
    """

    kinds: tuple[str, ...] = ()
    of: str = ""
    role: str = ""
    topic: str = ""
    priority: str = ""
    mine: Session | None = None
    types: tuple[str, ...] = ()

    @property
    def mail_only(self) -> bool:
        """Whether only messages can be meant."""
        return bool(self.topic or self.priority or self.mine)

    def wants(self, found: TimelineEntry) -> bool:
        """Whether this is one of them."""
        if self.kinds and found.kind not in self.kinds:
            return False
        if self.of and self.of not in (found.session, found.name):
            return False
        if (self.role and found.role != self.role) or (self.types and not set(self.types) & set(found.types)):
            return False
        return not self.mail_only or self._wants_message(found)

    def _wants_message(self, found: TimelineEntry) -> bool:
        if found.kind not in ("message", message.ACK) or "to" not in found.own:
            return False
        topic, priority = found.own["topic"], found.own["priority"]
        return message.suits(topic, priority, pattern=self.topic, least=self.priority)


@dataclass(frozen=True, slots=True)
class Since:
    """Where to begin: a time in seconds, or the id of the last event seen; with neither, now."""

    time: int = 0
    after: str = ""


def follow(
    workspace: Workspace, wanted: Wanted, since: Since, seconds: float | None = None
) -> Generator[list[TimelineEntry], None, None]:
    """What happened since, then what happens, in order of arrival; sometimes nothing: the caller may look round.

    Woken by whoever changes the ledger here; the hub is asked, and leases are looked at, every `HUB_EVERY` seconds.
    Ends after `seconds`. Raises `NotFound`, `Usage` for a `since` that there is not.
    """
    until = None if seconds is None else time.monotonic() + seconds
    with workspace.listening() as rung:
        watcher = _Watcher(workspace, wanted, since)
        due = time.monotonic() + HUB_EVERY
        while True:
            yield watcher.news()
            now = time.monotonic()
            if until is not None and now >= until:
                if watcher.waits:
                    yield watcher.news(wait=False)
                return
            if now >= due:
                with suppress(CoordError):  # whatever is wrong with the hub, what happens here is shown
                    workspace.agreement.listen()
                yield watcher.gone()
                due = time.monotonic() + HUB_EVERY
            soon = now + SETTLING / 4 if watcher.waits else due
            rung(max(0.0, min(due, soon, until if until is not None else due) - time.monotonic()))


class _Watcher:
    """How far has been watched, and who was gone already."""

    def __init__(self, workspace: Workspace, wanted: Wanted, since: Since) -> None:
        self._workspace = workspace
        self._wanted = wanted
        self._backlog_since = since.time
        self._shown: deque[str] = deque(maxlen=REMEMBERED)
        self._gone: set[tuple[str, int]] = set()
        self._settling: tuple[str, float] = ("", 0.0)
        self.waits = False
        with timeline.reading(workspace) as reader:
            chronicle = reader.chronicle
            last = feed.find(chronicle, since.after) if since.after else None
            if last is None and not since.time:
                last = chronicle.at(chronicle.end())
            self._last = last
        self._told_since = since.time or (last.arrived if last is not None and since.after else 0)
        self._first: list[TimelineEntry] | None = self._look_at_leases(first=True)

    def news(self, *, wait: bool = True) -> list[TimelineEntry]:
        """What is new since the last time. With `wait` not yet what the hub may be about to confirm, nor what follows.

        `waits` says afterwards whether something is left for that.
        """
        first, self._first = self._first or [], None
        try:
            with timeline.reading(self._workspace) as reader:
                return [*self._events(reader, wait=wait), *first]
        except (Busy, DamagedFile):
            self._first = first
            return []  # at the next ring, or the next look at the leases

    def _settles(self, said: TimelineEntry) -> bool:
        """Whether an operation was recorded here a moment ago, with the hub in reach, and is not confirmed yet."""
        if said.confirmed is not False or self._workspace.agreement.status != "ok":
            return False
        if self._settling[0] != said.id:
            self._settling = str(said.id), time.monotonic() + SETTLING
        return time.monotonic() < self._settling[1]

    def _events(self, reader: Reader, *, wait: bool) -> list[TimelineEntry]:
        chronicle = reader.chronicle
        after, since = self._place(chronicle)
        end = chronicle.at(chronicle.end())
        if end is None:
            return []
        found: list[TimelineEntry] = []
        self.waits = False
        for entry in chronicle.about(after=after, before=end.seq + 1, since=since, kinds=self._kinds()):
            if entry.id in self._shown:
                continue
            said = reader.read(entry)
            if wait and self._settles(said):
                self.waits = True
                return found
            self._shown.append(entry.id)
            if self._wanted.wants(said) and self._is_for_me(reader, entry):
                found.append(said)
        self._last, self._backlog_since = end, 0
        return found

    def _kinds(self) -> tuple[str, ...]:
        return ("message", message.ACK) if self._wanted.mail_only else self._wanted.kinds

    def _place(self, chronicle: Chronicle) -> tuple[int, int]:
        """Beyond which seq, and since when, is new: also in a chronicle made anew, where the order is that of time."""
        last = self._last
        if last is None:
            return 0, self._backlog_since
        here = chronicle.at(last.seq)
        if here is not None and here.id == last.id:
            return last.seq, 0
        again = [entry for entry in chronicle.named(last.id) if entry.session == last.session]
        return (again[0].seq, 0) if again else (0, last.arrived)

    def _is_for_me(self, reader: Reader, entry: Entry) -> bool:
        mine = self._wanted.mine
        if mine is None:
            return True
        event = reader.event(entry)
        try:
            return event is not None and event.session != mine.id and message.bears(mine, message.read(event).to)
        except Malformed:
            return False

    def gone(self) -> list[TimelineEntry]:
        """The sessions that are gone since the last time."""
        return self._look_at_leases(first=False)

    def _look_at_leases(self, *, first: bool) -> list[TimelineEntry]:
        """At first those that are gone already count as told, unless what was before is asked for."""
        if (self._wanted.kinds and GONE not in self._wanted.kinds) or self._wanted.mail_only:
            return []
        try:
            state = self._workspace.ledger.state()
            living = list(session.every(state))
        except Unreadable:
            return []
        found = []
        for item in living:
            why = self._workspace.gone(item) if (item.id, item.last) not in self._gone else ""
            if not why:
                continue
            self._gone.add((item.id, item.last))
            over = item.held_until + self._workspace.skew(item) if why == "lease" else self._workspace.clock.now()
            if first and not (self._told_since and over >= self._told_since):
                continue
            held = [checkout.shown(self._workspace, scope) for one in claim.of(state, item.id) for scope in one.scopes]
            said = _gone(item, why, Moment(over), held)
            if self._wanted.wants(said):
                found.append(said)
        return found


def _gone(item: Session, why: str, when: Moment, held: list[str]) -> TimelineEntry:
    how = {"process": "its process is dead", "ahead": "its clock was ahead, and nothing was seen of it for a lease"}
    subject = f"{item.name} is gone: {how.get(why, 'its lease has run out')}"
    own = {"evidence": why, "last_seen": Moment(item.last), "scopes": held}
    return TimelineEntry(None, None, GONE, when, item.id, item.name, item.role, subject, own=own)
