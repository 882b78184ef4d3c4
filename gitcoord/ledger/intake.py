"""What is new to the chronicle: commits of the ledger and of logs that it has not taken in yet, and which count.

What the ledger merged is believed. A log as another clone sent it is believed only where it continues that: anybody can
write any ref at a hub without a guard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.errors import TooLarge, Unreadable
from gitcoord.ledger import event, position, sequence
from gitcoord.ledger.fold import META

if TYPE_CHECKING:
    from gitcoord.kernel.database import Database
    from gitcoord.ledger.event import Event
    from gitcoord.ledger.ledger import Ledger
    from gitcoord.ledger.sequence import Judged
    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId, StoreOid

LEDGER = ("", 0)
"""What stands for session and number with a commit of the ledger."""

VOID = "void:"
"""Begins the marks of ledger commits that were declared void; their value is when."""

UNKNOWN = 1 << 62
"""Above every number: nothing was given more than that."""


@dataclass(frozen=True, slots=True)
class Found:
    """What new ledger commits say: the logs they merge, eldest first, and each verdict.

    `above` is the number of operations before the first of them: what had a higher one is in this ledger no more.
    """

    merged: list[StoreOid]
    verdicts: list[Judged]
    above: int


class Intake:
    """Looks for what is new, and notes it in the tables `seen` and `refused`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def is_seen(self, oid: StoreOid) -> bool:
        """Whether a commit needs no second look."""
        query = "SELECT 1 FROM seen WHERE oid = ? UNION ALL SELECT 1 FROM refused WHERE oid = ?"
        return bool(self._db.rows(query, (oid, oid)))

    def are_seen(self, oids: list[StoreOid]) -> bool:
        """Whether none of many commits needs a second look."""
        for start in range(0, len(oids), 500):
            some = set(oids[start : start + 500])
            slots = ", ".join("?" * len(some))
            for table in ("seen", "refused"):
                if some:
                    rows = self._db.rows(f"SELECT oid FROM {table} WHERE oid IN ({slots})", [*some])
                    some -= {oid for (oid,) in rows}
                    slots = ", ".join("?" * len(some))
            if some:
                return False
        return True

    def seen(self, oid: StoreOid) -> tuple[str, int] | None:
        """Session and number of an event that was taken in, ('', 0) for a commit of the ledger."""
        rows = self._db.rows("SELECT session, number FROM seen WHERE oid = ?", (oid,))
        return (rows[0][0], rows[0][1]) if rows else None

    def has_ledger(self, oid: StoreOid) -> bool:
        """Whether this commit of the ledger was taken in."""
        return self.seen(oid) == LEDGER

    def ledger(self, ledger: Ledger, tip: StoreOid) -> Found:
        """Look at new ledger commits; one that can no longer be read has nothing before it."""
        merged: list[StoreOid] = []
        verdicts: list[Judged] = []
        void: set[StoreOid] = set()
        above = 0
        oid = tip
        while oid:
            if self.has_ledger(oid) and oid not in void:
                above = _operations(ledger, oid)
                break
            try:
                record = sequence.read_commit(ledger.store.objects, oid)
            except Unreadable:
                above = UNKNOWN  # nothing is known of what was before: nothing of it is dropped
                break
            void |= sequence.voided(record)
            for wrong in sequence.voided(record):
                self._db.run("INSERT OR REPLACE INTO marks VALUES (?, ?)", (VOID + wrong, record.time))
            if oid not in void:
                verdicts += reversed(list(sequence.judged(record)))
                merged += reversed(record.parents[1:])
            self._db.run("INSERT OR IGNORE INTO seen VALUES (?, '', 0)", (oid,))
            oid = record.before
        return Found(merged[::-1], verdicts[::-1], above)

    def merged(self, ledger: Ledger, tip: StoreOid) -> list[Event]:
        """New events of a log that the ledger merged, which is believed; what was lost of it ends it."""
        new: list[Event] = []
        oid = tip
        while oid and self.seen(oid) is None:
            item = read(ledger, oid)
            if item is None:
                break
            new.append(item)
            oid = item.parent
        return self.note(new[::-1])

    def note(self, events: list[Event]) -> list[Event]:
        """Remember that these were seen."""
        rows = [(item.oid, item.session, item.number) for item in events]
        self._db.run_each("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", rows)
        return events

    def log(self, ledger: Ledger, tip: StoreOid, session: SessionId, state: State) -> list[Event]:
        """New events of a session's log up to `tip`, where it continues what the ledger merged of it."""
        where = position.read(state, session)
        if where.standing == "unknown" or self.is_seen(tip):
            return []  # not yet, where it is unknown: its registration is still to come
        new: list[Event] = []
        oid = tip
        while oid and self.seen(oid) is None:
            try:
                kind, content = ledger.store.objects.read(oid)
            except TooLarge:
                return self._refuse(tip)
            except Unreadable:
                return []  # perhaps it comes back
            item = _decode(oid, kind, content)
            expected = new[-1].number - 1 if new else item.number if item else 0
            if item is None or (item.session, item.number) != (session, expected) or item.number <= where.number:
                return self._refuse(tip)
            new.append(item)
            oid = item.parent
        base = (session, new[-1].number - 1)
        if self.seen(oid) != base or (base[1] == where.number and oid != where.tip):
            return self._refuse(tip)
        return new[::-1]

    def _refuse(self, tip: StoreOid) -> list[Event]:
        """Never look at this log again, unless it grows or the ledger merges it."""
        self._db.run("INSERT OR IGNORE INTO refused VALUES (?)", (tip,))
        return []


def read(ledger: Ledger, oid: StoreOid) -> Event | None:
    """The event that a commit records; None for one that is torn, or none at all: doctor names it."""
    try:
        return sequence.read_event(ledger.store.objects, oid)
    except Unreadable:
        return None


def _decode(oid: StoreOid, kind: str, content: bytes) -> Event | None:
    """The event that an object is, or None."""
    try:
        return event.decode(oid, content) if kind == "commit" else None
    except Unreadable:
        return None


def _operations(ledger: Ledger, oid: StoreOid) -> int:
    """The last number that was given at a commit of the ledger."""
    try:
        meta = sequence.load(ledger.store.objects, oid).json(META) or {}
        return int(meta["operations"])
    except (Unreadable, KeyError, TypeError, ValueError):
        return UNKNOWN


def without_pending(events: list[Event]) -> list[Event]:
    """Of this clone's own logs: up to the first operation that the ledger is about to have, or is to after a crash."""
    cut = next((at for at, item in enumerate(events) if item.is_operation), len(events))
    return events[:cut]
