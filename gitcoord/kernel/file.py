"""A file read whole, with as few system calls as there can be: so the guard reads, and every object is asked for."""

from __future__ import annotations

import errno
import os

_MISPLACED = (errno.EISDIR, errno.ENOTDIR, errno.ELOOP)


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


def is_misplaced(error: OSError) -> bool:
    """Whether something else stands in a file's place, not: the system does not let us read it just now.

    Only the former is damage that may be put right: what could not be read may be sound, or another user's.
    """
    return error.errno in _MISPLACED


def refusal(path: str) -> str:
    """Return why a file that is there cannot be read, in the system's words; '' where it can, or is not there."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.read(fd, 1)
        finally:
            os.close(fd)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return "" if is_misplaced(error) else error.strerror or "no reason given"
    return ""
