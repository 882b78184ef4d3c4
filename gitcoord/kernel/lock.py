"""The writer lock: an advisory file lock that the kernel releases when its holder dies."""

from __future__ import annotations

import fcntl
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitcoord.errors import Busy, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def held(path: Path, timeout: float) -> Iterator[None]:
    """Hold the lock on `path` (a file that is made where it is missing) for the block.

    Waiters queue in the kernel and are served in its order. After `timeout` seconds `Busy` is raised, naming the
    process that holds the lock as far as it said so; `Unreadable` where the file cannot be opened.
    """
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise Unreadable(
            f"cannot write {path}: {error.strerror}",
            "a sandbox that keeps .git read-only needs this directory writable" if error.errno in (13, 30) else "",
        ) from error
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _queue(fd, timeout)
        os.pwrite(fd, b"%-10d\n" % os.getpid(), 0)
        yield
    finally:
        os.close(fd)


def _queue(fd: int, timeout: float) -> None:
    """Wait in the kernel's queue. flock knows no time limit, so a thread waits and is left behind when it is over."""
    got, given_up, guard = threading.Event(), False, threading.Lock()
    waiting = os.dup(fd)  # same open file: the lock that the thread gets is ours

    def wait() -> None:
        fcntl.flock(waiting, fcntl.LOCK_EX)
        with guard:
            if given_up:
                fcntl.flock(waiting, fcntl.LOCK_UN)
            got.set()
        os.close(waiting)

    threading.Thread(target=wait, daemon=True).start()
    if got.wait(timeout):
        return
    with guard:
        if got.is_set():
            return
        given_up = True
    holder = os.pread(fd, 32, 0).strip().decode(errors="replace")
    raise Busy(
        f"another gitcoord process (pid {holder or 'unknown'}) has held the writer lock for {timeout:.0f} seconds",
        f"look at it with: ps -p {holder}" if holder else "",
    )
