"""What a writer is doing: the file `pending` names the refs that it moves, so that the next one can finish it.

Its first line says what the ledger's ref was moved to last: the journal may hold newer commits, of writers that died
before they moved it. The file is written over and never removed, since to make one can cost many times as much as to
write to it: a marker without refs is blank below that line. Whoever writes it, or believes what it says, holds the
writer lock. After a power cut it may hold anything: it is a hint, and whatever else it holds says that somebody was
writing.
"""

from __future__ import annotations

import errno
import os
import re
from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.kernel import coordfile
from gitcoord.kernel.refname import LEDGER, STATE
from gitcoord.policy.ids import NO_OBJECT, Oid, RefName, StoreOid

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME = coordfile.PENDING

_LAST = re.compile(rb"last ([0-9a-f]{40})\n")

LARGEST = 1 << 20
"""Bytes that are read of it."""

SMALL = 4096
"""Bytes that are written over; what is longer is cut off."""


def put(directory: Path, refs: Iterable[str]) -> None:
    """Say that these refs are about to move. Raises `OSError`."""
    _write(directory / NAME, "".join(f"{ref}\n" for ref in refs).encode())


def clear(directory: Path, ledger: Oid = NO_OBJECT) -> None:
    """Say that they have moved, or will not; `ledger` is what the ledger's ref was moved to, '' where it was not."""
    _write(directory / NAME, b"", f"last {ledger}\n".encode() if ledger else b"")


def last_moved(directory: Path) -> StoreOid | None:
    """Return what a writer of this clone moved the ledger's ref to last; None where the marker does not say it."""
    try:
        with (directory / NAME).open("rb") as file:
            found = _LAST.match(file.read(LARGEST))
    except OSError:
        return None
    return StoreOid(found[1].decode()) if found else None


def read(directory: Path) -> tuple[list[str], float]:
    """The refs that a writer was moving, none where nobody is at it, and when it began (seconds).

    Of a damaged marker the lines that name a ref of ours count, and the ledger's. Raises `Unreadable` where it is there
    and cannot be read.
    """
    path = directory / NAME
    try:
        with path.open("rb") as file:
            content, begun = file.read(LARGEST), os.fstat(file.fileno()).st_mtime
    except FileNotFoundError:
        return [], 0.0
    except OSError as error:
        raise errors.storage.NothingRecorded(f"cannot read {path}: {error.strerror}") from error
    lines = _lines(content)
    refs = [line.decode() for line in lines if _is_ref(line)]
    return (refs if len(refs) == len(lines) else [LEDGER, *refs]), begun


def is_sound(directory: Path) -> bool:
    """Whether the marker holds nothing but refs of ours, as a writer puts them there."""
    try:
        content = (directory / NAME).read_bytes()
    except OSError:
        return False
    return all(map(_is_ref, _lines(content)))


def _lines(content: bytes) -> list[bytes]:
    """The lines that should name refs."""
    last = _LAST.match(content)
    return content[last.end() if last else 0 :].strip(b"\n").splitlines()


def _is_ref(line: bytes) -> bool:
    text = line.decode("utf-8", "replace")
    return text.startswith(STATE) and RefName.fits(text)


def _write(path: Path, content: bytes, last: bytes = b"") -> None:
    """Write the marker over: its first line is `last`, and stays what it is where that is empty."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        size = os.fstat(fd).st_size
        if size > SMALL:
            os.ftruncate(fd, SMALL)
            size = SMALL
        if not last and (found := _LAST.match(os.pread(fd, 64, 0))):
            last = found[0]
        whole = (last + content).ljust(size, b"\n")
        if os.write(fd, whole) < len(whole):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(fd)
