"""Waking those who wait: each waiter keeps a named pipe in a directory, and whoever changed the ledger rings them all.

No polling, no daemon, and nothing to clean up that matters: a pipe whose reader died is removed by the next ringer.
"""

from __future__ import annotations

import errno
import os
import select
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path


def ring(directory: Path) -> None:
    """Wake everybody who waits."""
    try:
        names = [path.name for path in directory.iterdir()]
    except FileNotFoundError:
        return
    for name in names:
        if name.startswith("."):
            continue
        bell = directory / name
        try:
            fd = os.open(bell, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nobody has it open: its waiter died
                bell.unlink(missing_ok=True)
            continue
        try:
            os.write(fd, b".")
        except OSError:
            pass  # full: the waiter has rings enough
        finally:
            os.close(fd)


WITHOUT = 1.0
"""Seconds after which those look again who can have no bell: the directory is read-only, or knows no named pipes."""


def _hang(bell: Path) -> int:
    """Make a bell and return its descriptor."""
    bell.parent.mkdir(exist_ok=True)
    # Opened under a name that ringers skip over, so that nobody takes it for a dead waiter's.
    hidden = bell.with_name(f".{bell.name}")
    os.mkfifo(hidden)
    fd = os.open(hidden, os.O_RDWR | os.O_NONBLOCK)
    hidden.rename(bell)
    return fd


@contextmanager
def listening(directory: Path, name: str, *, besides: Iterable[int] = ()) -> Iterator[Callable[[float], bool]]:
    """Have a bell under this name for the block; yields `wait(seconds)`, true when somebody rang.

    It also ends, early and false, when one of the descriptors `besides` can be read. Where there can be no bell it is
    as if somebody rang every second.
    """
    poller = select.poll()  # select() knows no descriptor beyond 1,023
    for one in besides:
        poller.register(one, select.POLLIN)
    bell = directory / name
    try:
        fd = _hang(bell)
    except OSError:
        yield lambda seconds: not poller.poll(min(max(0.0, seconds), WITHOUT) * 1000)
        return
    poller.register(fd, select.POLLIN)

    def wait(seconds: float) -> bool:
        ready = {found for found, _ in poller.poll(max(0.0, seconds) * 1000)}
        if fd in ready:
            os.read(fd, 4096)
        return fd in ready

    try:
        yield wait
    finally:
        bell.unlink(missing_ok=True)
        os.close(fd)
