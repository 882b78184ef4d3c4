"""What a writer is doing: the file `pending` names the refs that it moves, so that the next one can finish it.

It is written over and never removed, since to make a file can cost many times as much as to write to one: the empty
marker is blank. Whoever writes it, or believes what it says, holds the writer lock. After a power cut it may hold
anything: it is a hint, and whatever is not blank says that somebody was writing.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.kernel import coordfile
from gitcoord.policy.ids import RefName

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME = coordfile.PENDING

LEDGER = RefName("refs/coord/ledger")

_OURS = ("refs/coord/", "refs/coord-remote/")

LARGEST = 1 << 20
"""Bytes that are read of it."""

SMALL = 4096
"""Bytes that are written over; what is longer is cut off."""


def put(directory: Path, refs: Iterable[str]) -> None:
    """Say that these refs are about to move. Raises `OSError`."""
    _write(directory / NAME, "".join(f"{ref}\n" for ref in refs).encode())


def clear(directory: Path) -> None:
    """Say that they have moved, or will not."""
    _write(directory / NAME, b"")


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
    lines = content.strip(b"\n").splitlines()
    refs = [line.decode() for line in lines if _is_ref(line)]
    return (refs if len(refs) == len(lines) else [LEDGER, *refs]), begun


def is_sound(directory: Path) -> bool:
    """Whether the marker holds nothing but refs of ours, as a writer puts them there."""
    try:
        content = (directory / NAME).read_bytes().strip(b"\n")
    except OSError:
        return False
    return all(map(_is_ref, content.splitlines()))


def _is_ref(line: bytes) -> bool:
    text = line.decode("utf-8", "replace")
    return text.startswith(_OURS) and RefName.fits(text)


def _write(path: Path, content: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        size = os.fstat(fd).st_size
        if size > SMALL:
            os.ftruncate(fd, SMALL)
            size = SMALL
        whole = content.ljust(size, b"\n")
        if os.write(fd, whole) < len(whole):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(fd)
