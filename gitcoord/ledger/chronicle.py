"""The chronicle: every event known here, in the order in which it arrived, found by what it is about.

A view, in a SQLite file of the coord directory. It holds no fact of its own: each event is a commit, reached from a
session's log or from the ledger, and the file only finds it. So it may be deleted at any time, is made anew where it is
missing or damaged, and each update costs what is new since the last one, not the history.

An operation whose verdict became another one after it was taken in (it was provisional) has a second entry, of the kind
`verdict`: whoever reads entries in order learns of it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass
from gitcoord.errors import DamagedFile, Unreadable
from gitcoord.kernel import coordfile
from gitcoord.kernel.database import Database
from gitcoord.ledger import intake, sequence
from gitcoord.ledger.fold import Verdict
from gitcoord.ledger.intake import Intake
from gitcoord.policy.ids import NOBODY, EventId, RefName, StoreOid

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from gitcoord.ledger.event import Event
    from gitcoord.ledger.intake import Found
    from gitcoord.ledger.ledger import Ledger
    from gitcoord.policy.ids import SessionId

FILE = coordfile.CHRONICLE
FORMAT = 4
"""To be raised with the tables, and with what events are found under."""

VERDICT = "verdict"
"""The kind of an entry that says what became of an earlier one."""

_ANNOUNCED = "announced"  # the mark of the entry up to which `unannounced` has looked

_SCHEMA = """
CREATE TABLE events (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, session TEXT NOT NULL, number INTEGER NOT NULL,
    kind TEXT NOT NULL, time INTEGER NOT NULL, arrived INTEGER NOT NULL, oid TEXT NOT NULL, subject TEXT NOT NULL,
    UNIQUE (id, session));
CREATE INDEX by_session ON events (session, seq);
CREATE INDEX by_kind ON events (kind, seq);
CREATE TABLE terms (term TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (term, seq)) WITHOUT ROWID;
CREATE TABLE verdicts (id TEXT PRIMARY KEY, number INTEGER NOT NULL, verdict TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX by_number ON verdicts (number);
CREATE TABLE seen (oid TEXT PRIMARY KEY, session TEXT NOT NULL, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE refused (oid TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
_COLUMNS = "seq, id, session, number, kind, time, arrived, oid, subject"


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as the chronicle has it. `seq` orders by arrival here; times are seconds."""

    seq: int
    id: EventId
    session: SessionId
    number: int
    kind: str
    time: int
    arrived: int
    oid: StoreOid
    subject: str


class Chronicle:
    """The file, opened. `terms` says under what an event is to be found."""

    def __init__(self, path: Path, terms: Callable[[Event], Iterable[str]]) -> None:
        self._terms = terms
        self._db = Database(path, _SCHEMA, FORMAT)
        self._intake = Intake(self._db)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def update(
        self,
        ledger: Ledger,
        heard: Mapping[SessionId, StoreOid],
        now: int,
        clone: str,
        refs: Mapping[RefName, StoreOid] | None = None,
    ) -> list[Entry]:
        """Take in what is new; returns it, in the order in which it is kept, but not what the file begins with.

        `heard` are logs of other clones' sessions as fetched, session -> tip; they are believed only where they
        continue what the ledger merged, and never of a session of this `clone`, whose own logs say all. `now` is when
        it arrived, in seconds; what this clone's sessions said arrived when it was made, and so did all with which the
        file begins. `refs` are those of this clone's sessions, where they have been listed already. A damaged file is
        made anew. Raises `Busy`.
        """
        own = ledger.logs(refs)
        if self._knows(ledger.tip(), [*own.values(), *heard.values()]):
            return []
        for in_memory in (False, True):
            try:
                return self._update(ledger, heard, now, clone)
            except DamagedFile as error:
                self._db.make_anew(error, in_memory=in_memory)
        return self._update(ledger, heard, now, clone)

    def _knows(self, tip: StoreOid, logs: Iterable[StoreOid]) -> bool:
        """Whether nothing is new; a damaged file knows nothing."""
        try:
            return self._intake.has_ledger(tip) and self._intake.are_seen(list(logs))
        except DamagedFile:
            return False

    def _update(self, ledger: Ledger, heard: Mapping[SessionId, StoreOid], now: int, clone: str) -> list[Entry]:
        with self._db.writing():
            # Read under the lock: of two processes the last to come here has the newest ledger.
            own, tip = ledger.logs(), ledger.tip()
            begins = not self._db.rows("SELECT 1 FROM events LIMIT 1")
            state = sequence.load(ledger.store.objects, tip)
            judged = self._intake.ledger(ledger, tip)
            found = [item for oid in judged.merged for item in self._intake.merged(ledger, oid)]
            for session, oid in own.items():
                new = self._intake.log(ledger, oid, session, state)
                found += self._intake.note(intake.without_pending(new))
            begun: dict[str, Event] = {item.session: item for item in found if item.kind == "register"}

            def ours(session: SessionId) -> bool:
                first = begun.get(session) or self._registration(ledger, session)
                return first is not None and first.data.get("clone") == clone

            for session, oid in heard.items():
                if session not in own and not ours(session):
                    found += self._intake.note(self._intake.log(ledger, oid, session, state))
            foreign = {name for name in {item.session for item in found} if not begins and not ours(name)}
            kept = self._keep(found, foreign, now)
            again = self._judge(judged, {entry.id for entry in kept}, now)
            if begins and kept:
                self.put_mark(_ANNOUNCED, kept[-1].seq)
            return [] if begins else kept + again

    def unannounced(self, kinds: Iterable[str]) -> list[Entry]:
        """Return the entries of these kinds that came since this was asked last: each once, to one process.

        What the file began with counts as asked for. Nothing where the file cannot be written.
        """
        if (newest := self.last()) is None or newest.seq <= self.mark(_ANNOUNCED):
            return []
        try:
            with self._db.writing():
                found = self.about(kinds=kinds, after=self.mark(_ANNOUNCED))
                self._db.run("INSERT OR REPLACE INTO marks SELECT ?, max(seq) FROM events", (_ANNOUNCED,))
        except Unreadable:
            return []
        return found

    def begun(self, session: SessionId) -> Entry | None:
        """The entry with which a session began; None where it is not known here."""
        found = self.about(kinds=["register"], session=session, oldest=1)
        return found[0] if found else None

    def _registration(self, ledger: Ledger, session: SessionId) -> Event | None:
        entry = self.begun(session)
        return intake.read(ledger, entry.oid) if entry is not None else None

    def has_forked(self, session: SessionId) -> bool:
        """Whether two logs of a session were met: by a restored disk, or because somebody forged one."""
        return self.mark(f"forked:{session}") == 1

    def _keep(self, found: list[Event], late: Collection[str], now: int) -> list[Entry]:
        """Insert events; what sessions of `late` said arrives now, the rest arrived when it was made."""
        kept = []
        newest: dict[str, int] = {}
        for item in _by_time(found):
            subject = _storable(item.subject)
            arrived = now if item.session in late else item.time
            row = (item.id, item.session, item.number, item.kind, item.time, arrived, item.oid, subject)
            if item.session not in newest:
                newest[item.session] = self._newest(item.session)
            cursor = self._db.run("INSERT OR IGNORE INTO events VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            if cursor.rowcount:
                entry = Entry(cursor.lastrowid or 0, *row)
                kept.append(entry)
                terms = [(term, entry.seq) for term in dict.fromkeys(map(_storable, self._terms(item)))]
                self._db.run_each("INSERT INTO terms VALUES (?, ?)", terms)
                if item.number <= newest[item.session]:
                    self._db.run("INSERT OR REPLACE INTO marks VALUES (?, 1)", (f"forked:{item.session}",))
                newest[item.session] = max(item.number, newest[item.session])
            else:  # appended once more beside a lost log: the commit there was may be pruned
                self._db.run(
                    "UPDATE events SET oid = ? WHERE (id, session) = (?, ?)", (item.oid, item.id, item.session)
                )
        return kept

    def _newest(self, session: SessionId) -> int:
        """The highest number on a session's log so far."""
        rows = self._db.rows("SELECT max(number) FROM events WHERE session = ? AND kind != ?", (session, VERDICT))
        return int(rows[0][0] or 0)

    def _judge(self, judged: Found, fresh: Collection[str], now: int) -> list[Entry]:
        """Keep verdicts; returns the entries that say what became of operations that were taken in before."""
        dropped = dict(self._db.rows("SELECT id, verdict FROM verdicts WHERE number > ?", (judged.above,)))
        self._db.run("DELETE FROM verdicts WHERE number > ?", (judged.above,))
        told = []
        for number, event_id, verdict in judged.verdicts:
            # Half a character is `\udc80` in JSON, too.
            text = verdict.encode().encode("utf-8", "backslashreplace").decode()
            self._db.run("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?)", (event_id, number, text))
            if event_id not in fresh and text != dropped.get(event_id):
                told += [
                    self._tell(entry, number, text, now) for entry in self.named(event_id) if entry.kind != VERDICT
                ]
        return [entry for entry in told if entry is not None]

    def _tell(self, about: Entry, number: int, text: str, now: int) -> Entry | None:
        """The entry that says what became of an operation; the same is said once."""
        name = f"{about.id} {about.session} {number} {text}"
        told_as = EventId(hashlib.sha256(name.encode()).hexdigest()[: EventId.DIGITS])
        row = (told_as, about.session, about.number, VERDICT, now, now, about.oid, about.subject)
        cursor = self._db.run("INSERT OR IGNORE INTO events VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        return Entry(cursor.lastrowid or 0, *row) if cursor.rowcount else None

    def about(
        self,
        terms: Iterable[str] = (),
        *,
        below: str = "",
        after: int = 0,
        before: int = 0,
        since: int = 0,
        kinds: Iterable[str] = (),
        session: SessionId = NOBODY,
        sessions: Collection[str] = (),
        besides: Collection[str] = (),
        newest: int = 0,
        oldest: int = 0,
    ) -> list[Entry]:
        """Entries under any of these terms, or one that begins with `below` (all, without any), as they arrived.

        Only those beyond the seq `after` and (where it is not 0) up to the one before `before`, that arrived or were
        made at `since` (seconds) or later, of these kinds, of this session, or of these, and of none of `besides`; with
        `newest` only so many of the last, with `oldest` of the first: no more than these are looked at, however many
        there are.
        """
        parts: list[str] = ["events.seq > ?"]
        values: list[str | int] = [after]
        wanted, of_kind = [_storable(term) for term in terms], list(kinds)
        if before:
            parts.append("events.seq < ?")
            values.append(before)
        if since:
            parts.append("(arrived >= ? OR time >= ?)")
            values += [since, since]
        of = [session] if session else list(sessions)
        if of_kind:  # the plus keeps SQLite from using the index of kinds, where others lead to fewer rows
            parts.append(f"{'+' if wanted or of else ''}kind IN ({_slots(of_kind)})")
            values += of_kind
        if of:
            parts.append(f"{'+' if wanted else ''}session IN ({_slots(of)})")
            values += of
        if besides:
            parts.append(f"+session NOT IN ({_slots(list(besides))})")
            values += besides
        order = f"ORDER BY events.seq {'DESC' if newest else 'ASC'} LIMIT {newest or oldest or -1}"
        if wanted and not below and (newest or oldest):
            return self._under_each(wanted, parts, values, order)[:: -1 if newest else 1]
        if wanted or below:
            meant = f"term IN ({_slots(wanted)})" + (" OR (term >= ? AND term < ?)" if below else "")
            parts.append(f"seq IN (SELECT seq FROM terms WHERE ({meant}) AND seq > ?)")
            span = (_storable(below), _storable(below) + "\U0010ffff") if below else ()
            values += [*wanted, *span, after]
        found = self._entries(f"SELECT {_COLUMNS} FROM events WHERE {' AND '.join(parts)} {order}", values)
        return found[:: -1 if newest else 1]

    def _under_each(self, terms: list[str], parts: list[str], values: list[str | int], order: str) -> list[Entry]:
        """Entries in this order, which has a limit: along the index of each term, as far as that."""
        one = (
            (
                "SELECT seq FROM (SELECT terms.seq FROM terms CROSS JOIN events ON events.seq = terms.seq "
                f"WHERE term = ? AND {' AND '.join(parts)} {order.replace('events.seq', 'terms.seq')})"
            )
            .replace("events.seq >", "terms.seq >")
            .replace("events.seq <", "terms.seq <")
        )
        each = " UNION ".join([one] * len(terms))
        query = f"SELECT {_COLUMNS} FROM events WHERE seq IN ({each}) {order}"
        return self._entries(query, [value for term in terms for value in (term, *values)])

    def last(
        self, terms: Iterable[str] = (), *, kinds: Iterable[str] = (), session: SessionId = NOBODY
    ) -> Entry | None:
        """The newest of such entries."""
        found = self.about(terms, kinds=kinds, session=session, newest=1)
        return found[0] if found else None

    def at(self, seq: int) -> Entry | None:
        """The entry with this seq."""
        return next(iter(self._entries(f"SELECT {_COLUMNS} FROM events WHERE seq = ?", [seq])), None)

    def first(self) -> Entry | None:
        """The entry that was made first."""
        return next(iter(self._entries(f"SELECT {_COLUMNS} FROM events ORDER BY time, seq LIMIT 1", [])), None)

    def tally(self, since: int = 0, sessions: Iterable[str] | None = None) -> dict[tuple[str, str], int]:
        """How many events there are that arrived or were made at `since` (seconds) or later, by kind and verdict.

        With `sessions` only theirs. The verdict is `accepted` or `refused`, '' for what has none: statements, and
        operations not yet sequenced.
        """
        query = (
            "SELECT kind, CASE WHEN verdict IS NULL THEN '' WHEN verdict LIKE 'accepted%' THEN 'accepted' "
            "ELSE 'refused' END AS said, count(*) FROM events LEFT JOIN verdicts ON verdicts.id = events.id "
            "WHERE (arrived >= ? OR time >= ?) "
        )
        values: list[str | int] = [since, since]
        if sessions is not None:
            only = list(sessions)
            query += f"AND session IN ({_slots(only)}) "
            values += only
        query += "GROUP BY kind, said"
        return {(kind, said): count for kind, said, count in self._look(query, values)}

    def end(self) -> int:
        """The seq of the newest entry of all; 0 where there is none."""
        return int(self._look("SELECT max(seq) FROM events")[0][0] or 0)

    def named(self, start: str) -> list[Entry]:
        """The events whose id begins so; at most a few."""
        low, high = start, start + "g"  # ids are hexadecimal
        query = f"SELECT {_COLUMNS} FROM events WHERE id >= ? AND id < ? ORDER BY id, seq LIMIT 5"
        return self._entries(query, [low, high])

    def numbered(self, session: SessionId, number: int) -> Entry | None:
        """The event of this number on a session's log."""
        query = f"SELECT {_COLUMNS} FROM events WHERE session = ? AND number = ? AND kind != ? LIMIT 1"
        found = self._entries(query, [session, number, VERDICT])
        return found[0] if found else None

    def terms(self, start: str) -> list[str]:
        """All terms that begin so."""
        query = "SELECT DISTINCT term FROM terms WHERE term >= ? AND term < ?"
        return [term for (term,) in self._look(query, (start, start + "\U0010ffff"))]

    def verdict(self, event_id: EventId) -> tuple[int, Verdict] | None:
        """Number and verdict of an operation, None where it has none."""
        rows = self._look("SELECT number, verdict FROM verdicts WHERE id = ?", (event_id,))
        return (rows[0][0], Verdict.decode(rows[0][1])) if rows else None

    def mark(self, name: str) -> int:
        """A number that was put under this name; 0 where there is none."""
        rows = self._look("SELECT value FROM marks WHERE name = ?", (name,))
        return int(rows[0][0]) if rows else 0

    def put_mark(self, name: str, value: int) -> None:
        """Put a number under a name; it is gone with the file, and not put where that cannot be written."""
        try:
            self._db.run("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))
        except Unreadable:
            return

    def voided(self, since: int) -> list[StoreOid]:
        """The ledger commits that were declared void at `since` (seconds) or later."""
        query = "SELECT substr(name, ?) FROM marks WHERE name >= ? AND name < ? AND value >= ? ORDER BY value"
        rows = self._look(query, (len(intake.VOID) + 1, intake.VOID, intake.VOID + "g", since))
        return [StoreOid(oid) for (oid,) in rows]

    def _look(self, query: str, values: Sequence[str | int] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query. Raises `DamagedFile`; the next command finds the file made anew, then."""
        try:
            return self._db.rows(query, values)
        except DamagedFile as error:
            self._db.make_anew(error)
            raise

    def _entries(self, query: str, values: Sequence[str | int]) -> list[Entry]:
        return [Entry(*row) for row in self._look(query, values)]


def _storable(text: str) -> str:
    """The text as SQLite takes it, which knows no bytes that are not UTF-8; cut where it is too long for a key."""
    return text[:1200].encode("utf-8", "backslashreplace").decode()


def _slots(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def _by_time(found: list[Event]) -> list[Event]:
    """By time, each session's own in the order of its log, also where its clock was set back."""
    latest: dict[str, int] = {}
    keyed = []
    for item in found:
        latest[item.session] = max(item.time, latest.get(item.session, 0))
        keyed.append((latest[item.session], item))
    return [item for _, item in sorted(keyed, key=lambda pair: pair[0])]
