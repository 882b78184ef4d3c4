"""The last objects we wrote, once more, in one file: what makes them durable and lets a lost one be written again.

Two things take away loose objects that were acknowledged: a power cut before the kernel wrote them out, and a
`git gc --prune=now` that looked at the refs before we moved them and deletes after. Against both, every object of a
transaction is appended here first, with one fsync for all of them, and whoever misses an object looks here. Two files
take turns; the elder is dropped when the younger is full, after everything was synchronised.

Record: ``<object id> <kind> <bytes>\\n``, the zlib-compressed content, ``\\n``. A torn record is skipped over.
"""

from __future__ import annotations

import os
import re
import zlib
from typing import TYPE_CHECKING

from gitcoord.kernel import coordfile
from gitcoord.policy.ids import StoreOid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FULL = 8 * 1024 * 1024
"""Size in bytes at which the files change turns: about two thousand operations."""

_HEAD = re.compile(rb"^([0-9a-f]{40}) (blob|tree|commit) ([0-9]{1,9})\n", re.MULTILINE)


def _records(data: bytes) -> Iterator[tuple[int, int, StoreOid, str, bytes]]:
    """The records in a file: where each begins and ends, and the id, kind and content of its object.

    Whatever does not hold together is skipped over: a torn record hides none that came later.
    """
    at = 0
    while (head := _HEAD.search(data, at)) is not None:
        at = head.end()
        oid, kind, size = head.groups()
        try:
            content = zlib.decompress(data[at : at + int(size)])
        except zlib.error:
            continue
        at += int(size)
        yield head.start(), at, StoreOid(oid.decode()), kind.decode(), content


class Journal:
    """The pair of files `journal` and `journal.old` in the coord directory. Writers hold the writer lock."""

    def __init__(self, directory: Path, *, fsync: bool) -> None:
        self.young = directory / coordfile.JOURNAL
        self.old = directory / coordfile.JOURNAL_OLD
        self.fsync = fsync
        self._fd = -1

    def append(self, objects: Mapping[StoreOid, tuple[str, bytes]]) -> None:
        """Keep these objects, id -> (kind, content); durable on return. Raises `OSError` on a full disk."""
        if self._fd < 0:
            self._fd = os.open(self.young, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        elif not self._is_young():  # another process changed turns
            self.close()
            return self.append(objects)
        parts = [b"\n"]  # a record that was torn before this one does not run into it
        for oid, (kind, content) in objects.items():
            packed = zlib.compress(content, 1)
            parts += [f"{oid} {kind} {len(packed)}\n".encode(), packed, b"\n"]
        data = b"".join(parts)
        before = os.fstat(self._fd).st_size
        if before + len(data) > FULL and before:
            self._turn()
            return self.append(objects)
        if os.write(self._fd, data) != len(data):
            os.ftruncate(self._fd, before)
            raise OSError(28, os.strerror(28), str(self.young))
        if self.fsync:
            os.fdatasync(self._fd)
        return None

    def _is_young(self) -> bool:
        try:
            return os.fstat(self._fd).st_ino == self.young.stat().st_ino
        except FileNotFoundError:
            return False

    def _turn(self) -> None:
        if self.fsync:
            os.sync()
        self.close()
        self.young.replace(self.old)

    def close(self) -> None:
        """Close the file; the next append opens it again."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __del__(self) -> None:
        self.close()

    def records(self, tail: int | None = None) -> Iterator[tuple[StoreOid, str, bytes]]:
        """The objects kept, eldest first: id, kind, content; with `tail` those in so many bytes at a file's end."""
        for path in (self.old, self.young):
            try:
                with path.open("rb") as file:
                    if tail is not None:
                        file.seek(max(0, path.stat().st_size - tail))
                    data = file.read()
            except OSError:
                continue
            for _, _, oid, kind, content in _records(data):
                yield oid, kind, content

    def damaged(self) -> int:
        """Return how many bytes of both files do not belong to a record."""
        lost = 0
        for path in (self.old, self.young):
            try:
                data = path.read_bytes()
            except OSError:
                continue
            end = 0
            for start, after, _, _, _ in _records(data):
                lost += len(data[end:start].strip(b"\n"))
                end = after
            lost += len(data[end:].strip(b"\n"))
        return lost

    def commits(self, tail: int) -> set[StoreOid]:
        """The ids of the commits in so many bytes at a file's end, without a look at them."""
        found: set[StoreOid] = set()
        for path in (self.old, self.young):
            try:
                with path.open("rb") as file:
                    file.seek(max(0, path.stat().st_size - tail))
                    found.update(
                        StoreOid(oid.decode()) for oid, kind, _ in _HEAD.findall(file.read()) if kind == b"commit"
                    )
            except OSError:
                continue
        return found

    def find(self, oid: StoreOid) -> tuple[str, bytes] | None:
        """Kind and content of the object, or None."""
        found = None
        for known, kind, content in self.records():
            if known == oid:
                found = kind, content
        return found
