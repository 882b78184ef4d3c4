"""Terminals: real interactive shells, each on a pseudo-terminal of its own, in which a test types commands."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 60.0
"""Seconds for which one command is waited for."""

LAUNCH = """
import fcntl, os, sys, termios
if os.fork():
    os._exit(0)
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp("bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"])
"""
"""Starts a shell that is nobody's child: what runs the tests, perhaps an agent, is not among its ancestors."""


class Terminal:
    """A shell that leads its terminal, as a person's does; its commands print into files, so not in colour."""

    def __init__(self, top: Path, env: dict[str, str], scratch: Path) -> None:
        scratch.mkdir(parents=True)
        self._said = scratch / "said"
        self._done = scratch / "done"
        os.mkfifo(self._done)
        self._ear = os.open(self._done, os.O_RDWR)  # for writing too: so it never is at its end
        self._hand, foot = os.openpty()
        quiet = {"PS1": "", "PS2": "", "HISTFILE": "", "TERM": "dumb"}
        subprocess.run(
            [sys.executable, "-c", LAUNCH], cwd=top, env=env | quiet, stdin=foot, stdout=foot, stderr=foot, check=True
        )
        os.close(foot)
        assert self.run("stty -echo")[0] == 0

    def begin(self, command: str) -> None:
        """Type a command, and do not wait for its end."""
        # The braces stand on lines of their own, so that a comment or a here-document may end the command.
        self._said.unlink(missing_ok=True)
        line = f"{{\n{command}\n}} > {self._said} 2>&1; echo $? > {self._done}\n"
        os.write(self._hand, line.encode())

    def so_far(self) -> str:
        """What the command that runs has said by now."""
        return self._said.read_text() if self._said.exists() else ""

    def end(self) -> tuple[int, str]:
        """Wait until the command is done; returns its status and what it said."""
        deadline = time.monotonic() + PATIENCE
        while True:
            # What the terminal echoes is taken away, or its buffer would be full some day.
            ready, _, _ = select.select([self._ear, self._hand], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"not done after {PATIENCE} s: {self._said.read_text()}"
            if self._hand in ready:
                os.read(self._hand, 65536)
            elif self._ear in ready:
                return int(os.read(self._ear, 64)), self._said.read_text()

    def run(self, command: str) -> tuple[int, str]:
        """Type a command and wait until it is done; returns its status and what it said."""
        self.begin(command)
        return self.end()

    def die(self) -> None:
        """Kill the shell at once, as a crash would; returns when its terminal has no process any more."""
        os.write(self._hand, b"kill -9 $$\n")
        while True:
            try:
                if not os.read(self._hand, 65536):
                    return
            except OSError:  # EIO: nobody has the other end open
                return

    def close(self) -> None:
        """Close the window: the shell is told, and ends."""
        os.close(self._hand)
        os.close(self._ear)
