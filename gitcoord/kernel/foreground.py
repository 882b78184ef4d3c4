"""The user's own git, run as the user would: their environment and hooks, their terminal, their editor."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitcoord.errors import GitFailed
from gitcoord.kernel import spawn

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEYS = (signal.SIGINT, signal.SIGQUIT)


def run(args: list[str], env: dict[str, str], cwd: str, *, stdout: int = 1) -> int:
    """Run git in `cwd` with exactly `env` and our own standard files; returns its exit status, 128 + N for signal N.

    What it prints goes to the file descriptor `stdout`. Raises `GitFailed` where it cannot be started. Call it on the
    main thread where a person may interrupt.
    """
    argv = ["git", "-C", cwd, *args]
    with _deaf() as heard:
        try:
            pid = os.posix_spawnp(
                argv[0],
                argv,
                env,
                file_actions=[(os.POSIX_SPAWN_DUP2, stdout, 1)],
                # Python ignores SIGPIPE; git must not inherit that.
                setsigdef=[signal.SIGPIPE, *heard],
            )
        except OSError as error:
            raise GitFailed(args, spawn.NOT_FOUND, str(error)) from error
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code if code >= 0 else 128 - code


@contextmanager
def _deaf() -> Iterator[list[signal.Signals]]:
    """Ignore the keyboard's signals meanwhile, as git does while an editor runs: they are for who is in front.

    Gives those that were not ignored before. Without it Ctrl-C in an editor would end us, and not git.
    """
    before = {}
    for number in _KEYS:
        try:
            before[number] = signal.signal(number, signal.SIG_IGN)
        except ValueError:  # not the main thread: nobody's keyboard
            break
    try:
        yield [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
