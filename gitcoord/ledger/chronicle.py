"""The chronicle: every event known here, in the order in which it arrived, found by what it is about.

A view, in a SQLite file of the coord directory. It holds no fact of its own: each event is a commit, reached from a
session's log or from the ledger, and the file only finds it. So it may be deleted at any time, is made anew where it is
missing or damaged, and each update costs what is new since the last one, not the history.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitcoord.errors import Unreadable
from gitcoord.kernel.refs import ABSENT
from gitcoord.ledger import position, sequence
from gitcoord.ledger.fold import Verdict
from gitcoord.ledger.ledger import SESSIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from gitcoord.ledger.event import Event
    from gitcoord.ledger.ledger import Ledger
    from gitcoord.ledger.sequence import Judged
    from gitcoord.ledger.state import State

FILE = "chronicle"
FORMAT = 1
PATIENCE = 10.0
"""Seconds for which another process that writes the file is waited for."""

_SCHEMA = """
CREATE TABLE events (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, session TEXT NOT NULL, number INTEGER NOT NULL,
    kind TEXT NOT NULL, time INTEGER NOT NULL, arrived INTEGER NOT NULL, oid TEXT NOT NULL, subject TEXT NOT NULL);
CREATE INDEX by_session ON events (session, seq);
CREATE INDEX by_kind ON events (kind, seq);
CREATE TABLE terms (term TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (term, seq)) WITHOUT ROWID;
CREATE TABLE verdicts (id TEXT PRIMARY KEY, number INTEGER NOT NULL, verdict TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE seen (oid TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE refused (oid TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
_COLUMNS = "seq, id, session, number, kind, time, arrived, oid, subject"


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as the chronicle has it. `seq` orders by arrival here; times are seconds."""

    seq: int
    id: str
    session: str
    number: int
    kind: str
    time: int
    arrived: int
    oid: str
    subject: str


class Chronicle:
    """The file, opened. `terms` says under what an event is to be found."""

    def __init__(self, path: Path, terms: Callable[[Event], Iterable[str]]) -> None:
        self._path = path
        self._terms = terms
        self._db = self._open()

    def _open(self) -> sqlite3.Connection:
        """The file; one that is damaged or of another format is made anew, and where none can be, it is in memory."""
        for path in (self._path, self._path, None):
            try:
                found = sqlite3.connect(path or ":memory:", timeout=PATIENCE, isolation_level=None)
                if self._is_ready(found):
                    return found
                found.close()
            except sqlite3.DatabaseError as error:
                if path is None or (isinstance(error, sqlite3.OperationalError) and "locked" in str(error)):
                    raise Unreadable(f"cannot read {self._path}: {error}") from error
            if path is not None:
                self._remove()
        raise Unreadable(f"cannot make {self._path}")

    def _is_ready(self, found: sqlite3.Connection) -> bool:
        """Whether it has our tables, which an empty file is given; false for one of another format."""
        found.execute("PRAGMA journal_mode = WAL")
        found.execute("PRAGMA synchronous = NORMAL")
        (version,) = found.execute("PRAGMA user_version").fetchone()
        if version == 0:
            found.execute("BEGIN IMMEDIATE")
            if found.execute("PRAGMA user_version").fetchone() == (0,):  # nobody else made it meanwhile
                for statement in _SCHEMA.split(";\n"):
                    found.execute(statement)
                found.execute(f"PRAGMA user_version = {FORMAT}")
            found.execute("COMMIT")
            version = FORMAT
        return bool(version == FORMAT)

    def _remove(self) -> None:
        for end in ("", "-wal", "-shm"):
            try:
                self._path.with_name(self._path.name + end).unlink(missing_ok=True)
            except OSError:
                return  # read-only: what follows is kept in memory

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def update(self, ledger: Ledger, heard: Mapping[str, str], now: int) -> list[Entry]:
        """Take in what is new; returns it, in the order in which it is kept, but not what the file begins with.

        `heard` are logs of other clones' sessions as fetched, session -> tip; they are believed only where they
        continue what the ledger merged. `now` is when it arrived, in seconds; events with which the file begins count
        as arrived when they were made.
        """
        objects = ledger.store.objects
        tip = ledger.tip()
        logs = [(session, oid) for session, oid in [*_logs(ledger).items(), *heard.items()] if not self._has(oid)]
        if not logs and self._has(tip):
            return []
        with self._writing():
            begins = self._db.execute("SELECT 1 FROM events LIMIT 1").fetchone() is None
            state = sequence.load(objects, tip)
            found: list[Event] = []
            verdicts: list[Judged] = []
            for merged in self._ledger(ledger, tip, verdicts):
                found += self._log(ledger, merged, "", state)
            for session, oid in logs:
                found += self._log(ledger, oid, session, state)
            kept = self._keep(found, verdicts, None if begins else now)
            return [] if begins else kept

    def _has(self, oid: str) -> bool:
        """Whether a commit needs no second look."""
        query = "SELECT 1 FROM seen WHERE oid = ? UNION ALL SELECT 1 FROM refused WHERE oid = ?"
        return self._db.execute(query, (oid, oid)).fetchone() is not None

    def _ledger(self, ledger: Ledger, tip: str, verdicts: list[Judged]) -> list[str]:
        """The log commits that new ledger commits merge, eldest first; their verdicts are noted."""
        merged: list[str] = []
        void: set[str] = set()
        oid = tip
        while oid and not self._has(oid):
            record = sequence.read_commit(ledger.store.objects, oid)
            void |= sequence.voided(record)
            if oid not in void:
                verdicts += sequence.judged(record)
                merged += reversed(record.parents[1:])
            self._db.execute("INSERT INTO seen VALUES (?)", (oid,))
            oid = record.parents[0] if record.parents else ""
        merged.reverse()
        verdicts.reverse()
        return merged

    def _log(self, ledger: Ledger, tip: str, session: str, state: State) -> list[Event]:
        """Events of a log up to `tip` that are new.

        With `session` it is believed only where it is that session's and continues what the ledger merged of it.
        """
        where = position.read(state, session) if session else position.UNKNOWN
        if session and where.standing == "unknown":
            return []  # not yet: its registration is still to come
        new: list[Event] = []
        oid = tip
        while oid and not self._has(oid):
            item = _read(ledger, oid)
            expected = new[-1].number - 1 if new else item.number if item else 0
            if (
                item is None
                or item.number != expected
                or item.session != (session or (new[0] if new else item).session)
                or (item.number == where.number and oid != where.tip)
            ):
                self._db.execute("INSERT OR IGNORE INTO refused VALUES (?)", (tip,))
                return []
            new.append(item)
            oid = item.parent
        self._db.executemany("INSERT INTO seen VALUES (?)", [(item.oid,) for item in new])
        new.reverse()
        return new

    def _keep(self, found: list[Event], verdicts: list[Judged], now: int | None) -> list[Entry]:
        kept = []
        for item in _by_time(found):
            subject = _storable(item.subject)
            row = (item.id, item.session, item.number, item.kind, item.time, now or item.time, item.oid, subject)
            cursor = self._db.execute("INSERT OR IGNORE INTO events VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            if cursor.rowcount:
                entry = Entry(cursor.lastrowid or 0, *row)
                kept.append(entry)
                terms = [(term, entry.seq) for term in dict.fromkeys(map(_storable, self._terms(item)))]
                self._db.executemany("INSERT INTO terms VALUES (?, ?)", terms)
        rows = [(item.id, item.number, item.verdict.encode()) for item in verdicts]
        self._db.executemany("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?)", rows)
        return kept

    def about(
        self,
        terms: Iterable[str] = (),
        *,
        after: int = 0,
        since: int = 0,
        kinds: Iterable[str] = (),
        session: str = "",
        newest: int = 0,
    ) -> list[Entry]:
        """Entries under any of these terms (all, without any), in the order of arrival.

        Only those beyond the seq `after`, that arrived or were made at `since` (seconds) or later, of these kinds, of
        this session; with `newest` only so many of the last.
        """
        where, values = self._where(terms, after, since, kinds, session)
        if not newest:
            return self._rows(f"SELECT {_COLUMNS} FROM events WHERE {where} ORDER BY seq", values)
        found = self._rows(f"SELECT {_COLUMNS} FROM events WHERE {where} ORDER BY seq DESC LIMIT ?", [*values, newest])
        return found[::-1]

    def last(self, terms: Iterable[str] = (), *, kinds: Iterable[str] = (), session: str = "") -> Entry | None:
        """The newest of such entries."""
        found = self.about(terms, kinds=kinds, session=session, newest=1)
        return found[0] if found else None

    def end(self) -> int:
        """The seq of the newest entry of all; 0 where there is none."""
        (found,) = self._db.execute("SELECT max(seq) FROM events").fetchone()
        return int(found or 0)

    def named(self, start: str) -> list[Entry]:
        """The events whose id begins so; at most a few."""
        low, high = start, start + "g"  # ids are hexadecimal
        return self._rows(f"SELECT {_COLUMNS} FROM events WHERE id >= ? AND id < ? ORDER BY id LIMIT 5", [low, high])

    def terms(self, start: str) -> list[str]:
        """All terms that begin so."""
        found = self._db.execute(
            "SELECT DISTINCT term FROM terms WHERE term >= ? AND term < ?", (start, start + "\U0010ffff")
        )
        return [term for (term,) in found]

    def verdict(self, event_id: str) -> tuple[int, Verdict] | None:
        """Number and verdict of an operation, None where it has none."""
        row = self._db.execute("SELECT number, verdict FROM verdicts WHERE id = ?", (event_id,)).fetchone()
        return None if row is None else (row[0], Verdict.decode(row[1]))

    def mark(self, name: str) -> int:
        """A number that was put under this name; 0 where there is none."""
        row = self._db.execute("SELECT value FROM marks WHERE name = ?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    def put_mark(self, name: str, value: int) -> None:
        """Put a number under a name; it is gone with the file."""
        self._db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))

    def _where(
        self, terms: Iterable[str], after: int, since: int, kinds: Iterable[str], session: str
    ) -> tuple[str, list[str | int]]:
        parts: list[str] = ["seq > ?"]
        values: list[str | int] = [after]
        wanted, of_kind = [_storable(term) for term in terms], list(kinds)
        if wanted:
            parts.append(f"seq IN (SELECT seq FROM terms WHERE term IN ({_slots(wanted)}) AND seq > ?)")
            values += [*wanted, after]
        if since:
            parts.append("(arrived >= ? OR time >= ?)")
            values += [since, since]
        if of_kind:
            parts.append(f"kind IN ({_slots(of_kind)})")
            values += of_kind
        if session:
            parts.append("session = ?")
            values.append(session)
        return " AND ".join(parts), values

    def _rows(self, query: str, values: Sequence[str | int]) -> list[Entry]:
        with closing(self._db.execute(query, values)) as rows:
            return [Entry(*row) for row in rows]


def _read(ledger: Ledger, oid: str) -> Event | None:
    """The event that a commit records; None for one that is torn, or none at all: doctor names it."""
    try:
        return sequence.read_event(ledger.store.objects, oid)
    except Unreadable:
        return None


def _storable(text: str) -> str:
    """The text as SQLite takes it, which knows no bytes that are not UTF-8; cut where it is too long for a key."""
    return text[:1200].encode("utf-8", "backslashreplace").decode()


def _slots(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def _logs(ledger: Ledger) -> dict[str, str]:
    """Tips of the logs of this clone's sessions."""
    found = {}
    for ref, oid in ledger.store.refs.list(SESSIONS + "/").items():
        session, _, leaf = ref.removeprefix(SESSIONS + "/").partition("/")
        if leaf == "log" and oid != ABSENT:
            found[session] = oid
    return found


def _by_time(found: list[Event]) -> list[Event]:
    """By time, each session's own in the order of its log, also where its clock was set back."""
    latest: dict[str, int] = {}
    keyed = []
    for item in found:
        latest[item.session] = max(item.time, latest.get(item.session, 0))
        keyed.append((latest[item.session], item))
    return [item for _, item in sorted(keyed, key=lambda pair: pair[0])]
