"""A file that is there whole or not at all: written beside its place, then moved there. Light: hooks use it."""

# ruff: noqa: PTH105, PTH108 - light: pathlib is not imported

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


def put(path: str | Path, content: str | bytes, *, mode: int = 0o666, time: float | None = None) -> None:
    """Replace the content of a file, whole or not at all. Raises `OSError`.

    `mode` is for the umask to narrow. `time` is when the file is to have been changed, in seconds; None is now.
    """
    directory, _, name = os.fspath(path).rpartition("/")
    beside = f"{directory}/.{name}.{os.getpid()}" if directory else f".{name}.{os.getpid()}"
    _remove(beside)  # of a process that had this number before
    try:
        fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            left = memoryview(content.encode() if isinstance(content, str) else content)
            while left:
                left = left[os.write(fd, left) :]
            if time is not None:
                os.utime(fd, (time, time))
        finally:
            os.close(fd)
        os.replace(beside, path)
    except BaseException:
        _remove(beside)
        raise


def _remove(path: str) -> None:
    try:  # noqa: SIM105 - light: contextlib imports collections
        os.unlink(path)
    except FileNotFoundError:
        pass
