"""What a writer is doing: the file `pending` names the refs that it moves, so that the next one can finish it.

It is written over and never removed, since to make a file can cost many times as much as to write to one: the empty
marker is blank. Whoever writes it, or believes what it says, holds the writer lock.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME = "pending"

SMALL = 4096
"""Bytes that are written over; what is longer is cut off."""


def put(directory: Path, refs: Iterable[str]) -> None:
    """Say that these refs are about to move. Raises `OSError`."""
    _write(directory / NAME, "".join(f"{ref}\n" for ref in refs).encode())


def clear(directory: Path) -> None:
    """Say that they have moved, or will not."""
    _write(directory / NAME, b"")


def read(directory: Path) -> tuple[list[str], float]:
    """The refs that a writer was moving, none where nobody is at it, and when it began (seconds)."""
    path = directory / NAME
    try:
        return path.read_text().split(), path.stat().st_mtime
    except FileNotFoundError:
        return [], 0.0


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
