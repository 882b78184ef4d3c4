"""What a light hook cannot do itself, done by a process that loads everything: instead of this one, or behind it."""

from __future__ import annotations

import os
import sys

from gitcoord.kernel import lightjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from gitcoord.hook.agent.event import Event

_PROGRAM = "/gitcoord/interfaces/agents/__main__.py"
_PATIENCE = 20
"""Seconds after which the kernel ends a process for which the agent waits."""

MOST_PATHS = 200
"""Paths that one process is told of: a command line has its limits."""


def become(
    action: str, event: Event, common_dir: str, environ: Mapping[str, str], *, paths: Sequence[str] = (), pid: int = 0
) -> NoReturn:
    """Let this process become the one that answers the event. Raises `OSError`."""
    import _signal  # type: ignore[import-not-found]  # the light half of signal, which has no stub

    _signal.alarm(_PATIENCE)
    argv = _argv(action, event, common_dir, paths, pid)
    os.execve(argv[0], argv, dict(environ))


def detach(
    action: str,
    event: Event,
    common_dir: str,
    environ: Mapping[str, str],
    *,
    paths: Sequence[str] = (),
    pid: int = 0,
    after: int = 0,
) -> None:
    """Start a process for which nobody waits; no error where it cannot be started.

    It does nothing for so many seconds: until then it is a shell that sleeps.
    """
    argv = _argv(action, event, common_dir, paths, pid)
    if after:
        argv = ["/bin/sh", "-c", 'sleep "$0"; exec "$@"', str(after), *argv]
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    for apart in (True, False):  # not every system can start a process in a session of its own
        try:
            os.posix_spawn(argv[0], argv, dict(environ), file_actions=quiet, setsid=apart)
        except NotImplementedError:
            continue
        except OSError:
            pass
        return


def _argv(action: str, event: Event, common_dir: str, paths: Sequence[str], pid: int) -> list[str]:
    said = {
        "agent": event.agent,
        "program": event.program,
        "name": event.name,
        "session": event.session,
        "child": event.child,
        "reason": event.reason,
        "transcript": event.transcript,
        "again": event.again,
        "common": common_dir,
        "paths": list(paths),
        "pid": pid,
    }
    package = __file__.rpartition("/gitcoord/hook/")[0]
    # Not isolated: what the program needs may be installed for the user alone.
    return [sys.executable, "-E", "-P", package + _PROGRAM, action, lightjson.dumps(said)]
