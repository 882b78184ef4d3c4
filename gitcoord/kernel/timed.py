"""A program that may take so long and no longer, with everything that it started."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from gitcoord.kernel import child

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TIMED_OUT = 124
"""The exit status of a program that took too long, as timeout(1) has it."""

NOT_FOUND = 127

GRACE = 2.0
"""Seconds that a program has to end after it was asked to."""

_NAP = 0.02


def run(
    argv: Sequence[str],
    environ: Mapping[str, str],
    directory: str,
    stdout: int,
    seconds: float,
    tick: Callable[[], None],
) -> tuple[int, float]:
    """Run `argv` in `directory`, at most so many seconds; returns its exit status and how long it took.

    128 + N stands for signal N. What it prints goes to the file descriptor `stdout`; it reads nothing. `tick` is
    called now and then meanwhile. It is ended with all that it started, also where this process is interrupted.
    """
    began = time.monotonic()
    try:
        files = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_DUP2, stdout, 1)]
        pid = child.start(argv, environ, directory, files, setsid=True)
    except OSError:
        return NOT_FOUND, 0.0
    ended = False
    try:
        nap = _NAP
        while True:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                ended = True
                return child.exit_status(status), time.monotonic() - began
            if time.monotonic() - began >= seconds:
                return TIMED_OUT, time.monotonic() - began
            time.sleep(nap)
            nap = min(nap * 1.2, 0.25)
            tick()
    finally:
        _end(pid, ended=ended)


def _end(group: int, *, ended: bool) -> None:
    """End what is left of a program's group; `ended`: the program itself has been waited for."""
    with suppress(OSError):
        os.killpg(group, signal.SIGTERM)
    until = time.monotonic() + GRACE
    while not ended and time.monotonic() < until:
        ended = bool(os.waitpid(group, os.WNOHANG)[0])
        if not ended:
            time.sleep(_NAP)
    with suppress(OSError):
        os.killpg(group, signal.SIGKILL)
    if not ended:
        os.waitpid(group, 0)
