"""A SQLite file that holds no fact of its own: made anew where it is missing or damaged, in memory where it cannot be.

Only who holds the lock beside it makes or removes it. Everybody else opens what is there, and looks whether it is
still there once it is open: a file is removed before its write-ahead log is, so nobody gets one with another's.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from gitcoord import errors
from gitcoord.errors import Busy, DamagedFile, Unreadable
from gitcoord.kernel import lock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

PATIENCE = 120.0
"""Seconds for which another process that writes the file is waited for: making it anew takes 30 for 100,000 events."""

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_NOT_TO_BE_WRITTEN = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)) & 0xFF


class Database:
    """The file, opened. `schema` makes its tables, `version` says which schema that is."""

    def __init__(self, path: Path, schema: str, version: int, *, patience: float = PATIENCE) -> None:
        self._path = path
        self._schema = schema
        self._version = version
        self._patience = patience
        self._opened: int | None = None
        if lock.works(self._lock):
            self._db = self._find() or self._make()
        else:  # SQLite would wait for a lock that never comes
            self._db = self._with_tables(self._connect(":memory:"))

    @property
    def _lock(self) -> Path:
        return self._path.with_name(f"{self._path.name}-lock")

    def _connect(self, path: Path | str) -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=self._patience, isolation_level=None)

    def _find(self) -> sqlite3.Connection | None:
        """The file that is there, where it is sound and of our version; None otherwise."""
        before = self._inode()
        if before is None:
            return None
        found = None
        try:
            found = self._connect(self._path)
            (version,) = found.execute("PRAGMA user_version").fetchone()
            found.execute("PRAGMA synchronous = NORMAL")
            if version == self._version and self._inode() == before:
                self._opened = before
                return found
        except sqlite3.Error as error:
            self._refuse_busy(error)
        if found is not None:
            found.close()
        return None

    def _inode(self) -> int | None:
        try:
            return self._path.stat().st_ino
        except OSError:
            return None

    def _make(self) -> sqlite3.Connection:
        """A new file with our tables; in memory where there can be none, or where a newer program's is there."""
        try:
            with lock.held(self._lock, self._patience):
                found = self._find()  # somebody else made it meanwhile
                if found is not None:
                    return found
                if not self._is_newer():
                    self._remove()
                    self._path.touch()  # SQLite would close it to the group; its log takes over the file's permissions
                    made = self._with_tables(self._connect(self._path))
                    self._opened = self._inode()
                    return made
        except Busy:
            raise
        except (sqlite3.Error, OSError, Unreadable) as error:
            if isinstance(error, sqlite3.Error):
                self._refuse_busy(error)
        return self._with_tables(self._connect(":memory:"))

    def _with_tables(self, made: sqlite3.Connection) -> sqlite3.Connection:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("PRAGMA synchronous = NORMAL")
        made.execute("BEGIN IMMEDIATE")
        for statement in self._schema.split(";\n"):
            made.execute(statement)
        made.execute(f"PRAGMA user_version = {self._version}")
        made.execute("COMMIT")
        return made

    def _is_newer(self) -> bool:
        """Whether a newer program uses the file: two versions side by side must not take it away from each other."""
        if self._inode() is None:
            return False
        found = self._connect(self._path)
        try:
            return int(found.execute("PRAGMA user_version").fetchone()[0]) > self._version
        except sqlite3.DatabaseError as error:
            self._refuse_busy(error)
            return False
        finally:
            found.close()

    def _remove(self) -> None:
        for end in ("", "-wal", "-shm", "-journal"):
            self._path.with_name(self._path.name + end).unlink(missing_ok=True)

    def make_anew(self, why: DamagedFile, *, in_memory: bool = False) -> None:
        """Put an empty one in its place; in memory where that is asked, or the disk is full or read-only."""
        self._db.close()
        if in_memory or why.path_is_at_fault:
            self._db = self._with_tables(self._connect(":memory:"))
            return
        try:
            with lock.held(self._lock, self._patience):
                if self._inode() == self._opened:  # or somebody else has made it anew already
                    self._remove()
        except (OSError, Unreadable):
            pass  # then it is in memory that it is made anew
        self._db = self._make()

    def _refuse_busy(self, error: sqlite3.Error) -> None:
        if _code(error) in _BUSY:
            raise errors.storage.DatabaseBusy(self._path, self._patience) from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction, all or nothing; others wait meanwhile. Raises `Busy`, `DamagedFile`."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # a full disk has rolled it back already
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
            raise

    def run(self, query: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Execute one statement. Raises `Busy`, `DamagedFile`."""
        try:
            return self._db.execute(query, values)
        except sqlite3.Error as error:
            self._refuse_busy(error)
            raise DamagedFile(self._path, error, at_fault=_code(error) in _NOT_TO_BE_WRITTEN) from error

    def run_each(self, query: str, values: Iterable[Sequence[Any]]) -> None:
        """Execute one statement for each of these. Raises `Busy`, `DamagedFile`."""
        try:
            self._db.executemany(query, values)
        except sqlite3.Error as error:
            self._refuse_busy(error)
            raise DamagedFile(self._path, error, at_fault=_code(error) in _NOT_TO_BE_WRITTEN) from error

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query. Raises `Busy`, `DamagedFile`."""
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            self._refuse_busy(error)
            raise DamagedFile(self._path, error, at_fault=_code(error) in _NOT_TO_BE_WRITTEN) from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()
