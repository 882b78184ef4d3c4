"""A program that runs in our place, on our standard files, while we look after something for it.

Signals that somebody sends us are for it, too. Those of the keyboard the terminal sends to both of us, so they are not
sent on; they end nobody here: what is looked after is put in order when the program has ended.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_PASSED_ON = {
    *(signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2),
    *(signal.SIGWINCH, signal.SIGALRM),
}
_FROM_KERNEL = 0x80
"""The code of a signal that no process sent: the terminal did."""


def run(
    argv: Sequence[str],
    environ: Mapping[str, str],
    directory: str,
    *,
    stdout: int,
    every: float,
    tick: Callable[[], None],
) -> int:
    """Run `argv` in `directory` until it ends; returns its exit status, 128 + N for signal N.

    What it prints goes to the file descriptor `stdout`. `tick` is called every so many seconds meanwhile. Call it on
    the main thread. Raises `OSError` where it cannot be started.
    """
    watched = {*_PASSED_ON, signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    ignored = signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # where it is ignored, nobody hears of a child's end
    try:
        files = [(os.POSIX_SPAWN_DUP2, stdout, 1)]
        return _watch(start(argv, environ, directory, files, setsigmask=list(before)), watched, every, tick)
    finally:
        while signal.sigtimedwait(watched, 0) is not None:
            pass  # what came meanwhile was for the program
        signal.signal(signal.SIGCHLD, ignored)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start(argv: Sequence[str], environ: Mapping[str, str], directory: str, files: Sequence[Any], **more: Any) -> int:
    """Start `argv` in `directory` and return its process id. Raises `OSError` where it cannot be started.

    `files` are file actions, and `more` is what else `os.posix_spawnp` takes.
    """
    here = os.open(".", os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.chdir(directory)
        # Python ignores SIGPIPE, and git SIGINT where it runs in the background; the program inherits neither.
        reset = [signal.SIGPIPE, signal.SIGXFSZ]
        return os.posix_spawnp(argv[0], list(argv), dict(environ), file_actions=files, setsigdef=reset, **more)
    finally:
        os.fchdir(here)
        os.close(here)


def exit_status(wait_status: int) -> int:
    """Return the exit status of a process that was waited for, 128 + N for signal N, as shells have it."""
    code = os.waitstatus_to_exitcode(wait_status)
    return code if code >= 0 else 128 - code


def _watch(pid: int, watched: set[signal.Signals], every: float, tick: Callable[[], None]) -> int:
    """Pass signals on until the program has ended."""
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return exit_status(status)
        came = signal.sigtimedwait(watched, every)
        if came is None:
            tick()
        elif came.si_signo != signal.SIGCHLD and came.si_code != _FROM_KERNEL:
            os.kill(pid, came.si_signo)
