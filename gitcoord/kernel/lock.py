"""The writer lock: an advisory file lock that the kernel releases when its holder dies.

Some file systems cannot lock (NFS without a lock service, some network and container mounts): that is said at once.

A process that waited in vain does not wait as long again: a command takes several locks, and some more than once, while
a writer that was stopped holds them.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shlex
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.kernel import coordfile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gitcoord.errors import Busy, Unreadable


AGAIN = 10.0
"""Seconds for which a process remembers that it waited in vain."""

BRIEF = 2.0
"""Seconds that it then waits for another lock of that directory."""

MOMENT = 0.1
"""Seconds that it then waits for the same one."""

_in_vain: dict[Path, tuple[Path, float, float]] = {}
"""For each directory the lock that was waited for in vain last, when, and for how long."""


@contextmanager
def held(path: Path, timeout: float, *, turns: int = 1) -> Iterator[None]:
    """Hold the lock on `path` (a file that is made where it is missing) for the block.

    Waiters queue in the kernel and are served in its order. After `timeout` seconds, at once where that is 0, sooner
    where this process waited in vain just before, `Busy` is raised, naming the process that holds the lock as far as
    it said so; `Unreadable` where the file cannot be opened, or the file system refuses to lock it. With `turns`, who
    waits stays for up to so many times `timeout`, as long as others get the lock meanwhile.
    """
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise errors.storage.CannotAccess(
            "write",
            path,
            error.strerror,
            "a sandbox that keeps .git read-only needs this directory writable" if error.errno in (13, 30) else "",
        ) from error
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if timeout <= 0:  # only tried: nobody is to be left in the queue
                raise _busy(fd, path, timeout) from None
            patience, before = _patience(path, timeout)
            if not _queue(fd, path, patience, turns):
                if not before:
                    _in_vain[path.parent] = path, time.monotonic(), patience
                raise _busy(fd, path, before or patience) from None
        except OSError as error:
            raise _refused(path, error) from error
        if path.parent in _in_vain and _in_vain[path.parent][0] == path:
            _in_vain.pop(path.parent, None)
        with suppress(OSError):  # it only tells others whom they wait for
            os.pwrite(fd, b"%-10d\n" % os.getpid(), 0)
        yield
    finally:
        os.close(fd)


def _patience(path: Path, timeout: float) -> tuple[float, float]:
    """How long to wait for a lock that is held, and how long this process waited for it in vain just before, or 0."""
    last, when, waited = _in_vain.get(path.parent, (path, 0.0, 0.0))
    if not waited or time.monotonic() - when > AGAIN:
        return timeout, 0.0
    return (min(timeout, MOMENT), waited) if last == path else (min(timeout, BRIEF), 0.0)


def works(path: Path) -> bool:
    """Whether the file system knows the locks that SQLite takes (POSIX ones), tried on `path`, which is made.

    No other descriptor of this process may hold a lock on that file: closing this one would release it.
    """
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError:
        return True  # there is nothing to try it on: whoever comes to lock something finds out
    try:
        fcntl.lockf(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EACCES)
    finally:
        os.close(fd)
    return True


def _refused(path: Path, error: OSError) -> Unreadable:
    return errors.storage.NothingRecorded(
        f"the file system does not lock {path}: {error.strerror}",
        f"see what it is, and keep the repository on another one: findmnt -T {shlex.quote(str(path.parent))}",
    )


def _queue(fd: int, path: Path, timeout: float, turns: int) -> bool:
    """Wait in the kernel's queue, longer while it moves; return whether the lock is ours.

    flock knows no time limit, so a thread waits and is left behind when it is over. Whoever gets the lock writes to its
    file, and so changes the time of that.
    """
    got, given_up, guard = threading.Event(), False, threading.Lock()
    failed: list[OSError] = []
    waiting = os.dup(fd)  # same open file: the lock that the thread gets is ours

    def wait() -> None:
        try:
            fcntl.flock(waiting, fcntl.LOCK_EX)
        except OSError as error:
            failed.append(error)
        with guard:
            if given_up and not failed:
                fcntl.flock(waiting, fcntl.LOCK_UN)
            got.set()
        os.close(waiting)

    threading.Thread(target=wait, daemon=True).start()
    for _ in range(turns):
        before = os.fstat(fd).st_mtime_ns
        if got.wait(timeout):
            if failed:
                raise _refused(path, failed[0])
            return True
        if os.fstat(fd).st_mtime_ns == before:
            break
    with guard:
        given_up = not got.is_set()
    return not given_up


def _busy(fd: int, path: Path, timeout: float) -> Busy:
    said = os.pread(fd, 32, 0).strip()
    holder = said.decode() if said.isdigit() else ""
    done = {coordfile.LOCK: "held the writer lock", coordfile.HUB_LOCK: "been talking to the hub"}
    return errors.storage.LockHeld(holder, done.get(path.name, f"held {path}"), timeout)
