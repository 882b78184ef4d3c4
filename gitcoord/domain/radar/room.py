"""A directory for objects that are thrown away: in memory where the machine has a place for it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.domain.snapshot import taking
from gitcoord.kernel import scratch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.workspace import Workspace

MEMORY = Path("/dev/shm")
"""Where Linux keeps files in memory."""

PREFIX = "git-coord."
FORGOTTEN = 24 * 3600
"""Seconds after which a directory was left by a process that was killed."""


@contextmanager
def opened(workspace: Workspace) -> Iterator[Path]:
    """Make a directory for the block, with a directory `objects` in it."""
    directory = MEMORY / f"{PREFIX}{os.getuid()}-{workspace.ids.hexadecimal(16)}"
    try:
        _sweep(workspace)
        directory.mkdir(mode=0o700)
    except OSError:
        with taking.room(workspace) as elsewhere:
            (elsewhere / "objects").mkdir()
            yield elsewhere
        return
    try:
        (directory / "objects").mkdir()
        yield directory
    finally:
        scratch.remove(directory)


def _sweep(workspace: Workspace) -> None:
    for old in MEMORY.glob(f"{PREFIX}{os.getuid()}-*"):
        if workspace.clock.now() - old.stat().st_mtime > FORGOTTEN:
            scratch.remove(old)
