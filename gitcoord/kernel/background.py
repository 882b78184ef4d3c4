"""Work in a process of its own, for which nobody waits."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_FILES = 65536


def run(work: Callable[[], object]) -> None:
    """Do `work` in a process that belongs to no terminal and no caller, with low priority; an error ends it silently.

    It has none of the files that are open here: `work` opens what it needs.
    """
    first = os.fork()
    if first:
        os.waitpid(first, 0)
        return
    with suppress(BaseException):
        os.setsid()
        if os.fork() == 0:
            _detach()
            os.nice(10)
            work()
    os._exit(0)


def _detach() -> None:
    """Hold nothing open that somebody may wait for the end of."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.closerange(3, min(os.sysconf("SC_OPEN_MAX"), _MOST_FILES))
