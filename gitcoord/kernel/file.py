"""A file read whole, with as few system calls as there can be: so the guard reads, and every object is asked for."""

from __future__ import annotations

import os


def read(path: str) -> bytes:
    """The whole of a file. Raises `OSError`; for a file that is not there that is quick, too."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        parts = []
        while part := os.read(fd, 65536):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(fd)


def first_line(path: str) -> str:
    """Return the first line of a file, without its end; '' where the file cannot be read."""
    try:
        return read(path).partition(b"\n")[0].decode("ascii", "replace")
    except OSError:
        return ""
