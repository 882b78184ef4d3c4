"""Verdicts on pairs of commits that were found before: they hold as long as the commits and the way of merging do."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from gitcoord.errors import Busy, DamagedFile
from gitcoord.kernel import coordfile
from gitcoord.kernel.database import Database
from gitcoord.policy.ids import Oid
from gitcoord.policy.touching import Footprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from gitcoord.domain.radar.asking import Attributes

FILE = coordfile.RADAR
"""The file in the coord directory. It holds no fact of its own."""

SCHEMA = """CREATE TABLE verdict (
    setting TEXT NOT NULL, first TEXT NOT NULL, second TEXT NOT NULL, verdict TEXT NOT NULL, why TEXT NOT NULL,
    paths TEXT NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY (setting, first, second)
) WITHOUT ROWID;
CREATE INDEX verdict_seen ON verdict (seen);
CREATE TABLE attributes (tip TEXT PRIMARY KEY, files TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE footprint (
    tip TEXT NOT NULL, base TEXT NOT NULL, changed BLOB NOT NULL, PRIMARY KEY (tip, base)
) WITHOUT ROWID"""
VERSION = 2

MOST = 100_000
"""Verdicts that are kept."""

LARGEST = 64 * 1024
"""Bytes of a footprint that is kept: a larger one is found anew."""

FOOTPRINTS = 20_000
"""Footprints that are kept, and lists of attribute files; where there are more, all of them are found anew."""

PATIENCE = 5.0
"""Seconds for which another process that writes the file is waited for."""


class Verdict(NamedTuple):
    """How two commits merge: 'conflict', 'clean' or 'not assessed'; why it was not assessed; the paths concerned."""

    verdict: str
    why: str = ""
    paths: tuple[str, ...] = ()


Pair = tuple[Oid, Oid]
"""Two commits, the smaller id first."""

Change = tuple[Oid, Oid]
"""A commit from which on changes count, and the one that has them."""


class Kept:
    """The verdicts under one way of merging, read once."""

    def __init__(self, database: Database | None, setting: str) -> None:
        self._database = database
        self._setting = setting
        self._found = dict(self._read()) if database is not None else {}

    def get(self, pair: Pair) -> Verdict | None:
        """Return what is known of a pair, None where nothing is."""
        return self._found.get(pair)

    def _read(self) -> Iterator[tuple[Pair, Verdict]]:
        if self._database is None:
            return
        try:
            query = "SELECT first, second, verdict, why, paths FROM verdict WHERE setting = ?"
            known: dict[tuple[str, str, str], Verdict] = {}  # most are alike
            for first, second, *said in self._database.rows(query, (self._setting,)):
                verdict, why, paths = words = (said[0], said[1], said[2])
                if words not in known:
                    known[words] = Verdict(verdict, why, tuple(json.loads(paths)) if paths else ())
                yield (first, second), known[words]
        except (Busy, DamagedFile, ValueError):
            return

    def put(self, found: Mapping[Pair, Verdict], now: int) -> None:
        """Keep verdicts; where the file cannot be written they are found anew next time."""
        self._found |= found
        if self._database is None or not found:
            return
        rows = [
            (self._setting, *pair, one.verdict, one.why, json.dumps(one.paths) if one.paths else "", now)
            for pair, one in found.items()
        ]
        try:
            with self._database.writing():
                self._database.run_each("INSERT OR REPLACE INTO verdict VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
                ((count,),) = self._database.rows("SELECT count(*) FROM verdict")
                if count > MOST:
                    old = "SELECT seen FROM verdict ORDER BY seen LIMIT 1 OFFSET ?"
                    self._database.run(f"DELETE FROM verdict WHERE seen <= ({old})", (count - MOST // 2,))
                    self._database.run("DELETE FROM attributes")
                    self._database.run("DELETE FROM footprint")
        except (Busy, DamagedFile):
            return

    def attributes(self, tips: Sequence[Oid]) -> dict[Oid, Attributes]:
        """Return the attribute files of those of these commits of which they are known."""
        try:
            return {tip: _attributes(files) for tip, files in self._of("SELECT tip, files FROM attributes", tips)}
        except ValueError:
            return {}

    def put_attributes(self, found: Mapping[Oid, Attributes]) -> None:
        """Keep the attribute files of commits."""
        rows = [(tip, json.dumps([[os.fsdecode(path), oid] for path, oid in files])) for tip, files in found.items()]
        self._put("attributes", "?, ?", rows)

    def footprints(self, tips: Sequence[Oid]) -> dict[Change, Footprint]:
        """Return what these commits changed since the bases for which that is known."""
        rows = self._of("SELECT base, tip, changed FROM footprint", tips)
        return {(base, tip): _footprint(changed) for base, tip, changed in rows}

    def put_footprints(self, found: Mapping[Change, Footprint]) -> None:
        """Keep what commits changed, as far as it is not too large."""
        rows = [(tip, base, _changed(mark)) for (base, tip), mark in found.items()]
        self._put("footprint", "?, ?, ?", [row for row in rows if len(row[2]) <= LARGEST])

    def _of(self, query: str, tips: Sequence[Oid]) -> list[tuple[Any, ...]]:
        if self._database is None:
            return []
        try:
            return self._database.rows(f"{query} WHERE tip IN ({', '.join('?' * len(tips))})", tips)
        except (Busy, DamagedFile):
            return []

    def _put(self, table: str, slots: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if self._database is None or not rows:
            return
        try:
            with self._database.writing():
                ((count,),) = self._database.rows(f"SELECT count(*) FROM {table}")
                if count + len(rows) > FOOTPRINTS:
                    self._database.run(f"DELETE FROM {table}")
                self._database.run_each(f"INSERT OR REPLACE INTO {table} VALUES ({slots})", rows)
        except (Busy, DamagedFile):
            return


def _attributes(text: str) -> Attributes:
    return tuple((os.fsencode(path), oid) for path, oid in json.loads(text))


def _changed(mark: Footprint) -> bytes:
    """Write a footprint as one record: a letter for each path, and the path."""
    letters = dict.fromkeys(mark.paths, b"M") | dict.fromkeys(mark.added, b"A") | dict.fromkeys(mark.deleted, b"D")
    return b"".join(letter + path + b"\0" for path, letter in letters.items())


def _footprint(changed: bytes) -> Footprint:
    records = changed.split(b"\0")[:-1]
    added, deleted = (frozenset(one[1:] for one in records if one[:1] == letter) for letter in (b"A", b"D"))
    return Footprint(frozenset(one[1:] for one in records), added, deleted)


@contextmanager
def opened(directory: Path, setting: str) -> Iterator[Kept]:
    """Open what is kept in the coord directory, for the block; empty where the file cannot be read."""
    try:
        database = Database(directory / FILE, SCHEMA, VERSION, patience=PATIENCE)
    except (Busy, DamagedFile, OSError):
        yield Kept(None, setting)
        return
    try:
        yield Kept(database, setting)
    finally:
        database.close()
