"""Verdicts on pairs of commits that were found before: they hold as long as the commits and the way of merging do."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from gitcoord.errors import Busy, DamagedFile
from gitcoord.kernel import coordfile
from gitcoord.kernel.database import Database

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
CREATE TABLE attributes (tip TEXT PRIMARY KEY, files TEXT NOT NULL) WITHOUT ROWID"""
VERSION = 1

MOST = 100_000
"""Verdicts that are kept."""

PATIENCE = 5.0
"""Seconds for which another process that writes the file is waited for."""


class Verdict(NamedTuple):
    """How two commits merge: 'conflict', 'clean' or 'not assessed'; why it was not assessed; the paths concerned."""

    verdict: str
    why: str = ""
    paths: tuple[str, ...] = ()


Pair = tuple[str, str]
"""Two commits, the smaller id first."""


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
            for first, second, verdict, why, paths in self._database.rows(query, (self._setting,)):
                yield (first, second), Verdict(verdict, why, tuple(json.loads(paths)) if paths else ())
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
        except (Busy, DamagedFile):
            return

    def attributes(self, tips: Sequence[str]) -> dict[str, Attributes]:
        """Return the attribute files of those of these commits of which they are known."""
        if self._database is None:
            return {}
        try:
            marks = ", ".join("?" * len(tips))
            rows = self._database.rows(f"SELECT tip, files FROM attributes WHERE tip IN ({marks})", tips)
            return {tip: _attributes(files) for tip, files in rows}
        except (Busy, DamagedFile, ValueError):
            return {}

    def put_attributes(self, found: Mapping[str, Attributes]) -> None:
        """Keep the attribute files of commits."""
        if self._database is None or not found:
            return
        rows = [(tip, json.dumps([[os.fsdecode(path), oid] for path, oid in files])) for tip, files in found.items()]
        try:
            with self._database.writing():
                self._database.run_each("INSERT OR REPLACE INTO attributes VALUES (?, ?)", rows)
        except (Busy, DamagedFile):
            return


def _attributes(text: str) -> Attributes:
    return tuple((os.fsencode(path), oid) for path, oid in json.loads(text))


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
