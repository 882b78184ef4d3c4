"""A program that is started and waits at a gate: what has to be known of its process is written down before it runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHELL = "/bin/sh"
_WAITING = 'cd "$1" && read -r said && [ "$said" ] && export "$3=$said" && exec "$0" -c "$2" </dev/null'
_BEHIND = f'{_SHELL} -c \'{_WAITING}\' {_SHELL} "$1" "$2" "$4" <&3 3<&- >>"$3" 2>&1 & echo $!'


class Gate:
    """A command line that a shell runs in a directory as soon as `open` is called; what it prints goes into a file.

    `pid` is its process, in a session of its own: it goes on when we end, and no process of ours is its parent. Where
    we end, or `close` is called, before it was opened, the command never runs.
    """

    def __init__(self, command: str, environ: Mapping[str, str], directory: str, log: str, variable: str) -> None:
        """Start the process. `variable` is the one whose value `open` tells. Raises `OSError`."""
        waits, self._bolt = os.pipe()
        said, tells = os.pipe()
        try:
            starter = os.posix_spawn(
                _SHELL,
                [_SHELL, "-c", _BEHIND, _SHELL, directory, command, log, variable],
                dict(environ),
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, tells, 1),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_DUP2, waits, 3),
                ],
                setsid=True,
            )
        except OSError:
            self.close()
            os.close(said)
            raise
        finally:
            os.close(waits)
            os.close(tells)
        with os.fdopen(said, "rb") as answer:
            line = answer.readline()
        os.waitpid(starter, 0)
        if not line.strip().isdigit():
            self.close()
            raise OSError(f"{_SHELL} started nothing")
        self.pid = int(line)

    def open(self, value: str) -> None:
        """Let the command run, with this value, one line, in the variable."""
        os.write(self._bolt, value.encode() + b"\n")
        self.close()

    def close(self) -> None:
        """Give it up, unless it was opened."""
        if self._bolt >= 0:
            os.close(self._bolt)
            self._bolt = -1
