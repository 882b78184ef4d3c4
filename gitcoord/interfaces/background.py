"""A process that does what a command left to do. It says nothing, and nobody waits for it.

`look` ends a look at the hub for which the command had no time, `radar` looks for work that conflicts; `finish` sends
and packs what is due, `hurry` at once; `board` writes the file in which the board is kept; `history` reads the history
for those who come after it.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from gitcoord.errors import CoordError
from gitcoord.kernel import coordfile, spawn

if TYPE_CHECKING:
    from gitcoord.kernel.place import Place

SELDOM = 30
"""Seconds after a sync in which no process is started for the next one."""

DETACHED = '"$@" </dev/null >/dev/null 2>&1 &'
"""Run by sh: the program stays when the command ends, is nobody's child to wait for, and holds no pipe open."""


POLITELY = ("nice", "-n", "10")
"""Before a program that may take long: the command that starts it has not ended yet."""


def start(place: Place, what: str = "look") -> None:
    """Start it for the clone that a command runs in, where `what` is due."""
    if what == "finish" and not _is_due(place):
        return
    program = [*(POLITELY if what == "radar" else ()), *_program(place, what)]
    spawn.run(["/bin/sh", "-c", DETACHED, "sh", *program], place.environ)


def wait_for(place: Place, what: str) -> None:
    """Start it, and return when it has ended."""
    spawn.run(_program(place, what), place.environ)


def _program(place: Place, what: str) -> list[str]:
    return [sys.executable, "-P", "-m", __name__, place.cwd, what]


def _is_due(place: Place) -> bool:
    """Whether there may be something to send or to pack: a few stats."""
    from gitcoord.kernel import packing

    if packing.is_due(place.coord_dir, place.store_dir):
        return True
    mark = place.coord_dir / coordfile.SYNCED
    synced = mark.stat().st_mtime if mark.exists() else 0.0
    return bool(place.setting("coord.hub")) and time.time() - synced > SELDOM


def main(directory: str, what: str) -> None:
    """Do it."""
    os.closerange(3, 256)  # what the command was given belongs to whoever started that
    from gitcoord.interfaces import boardfile
    from gitcoord.interfaces.cli.invocation import Invocation

    this = Invocation(dict(os.environ))
    this.directory, this.quiet = directory, True
    with suppress(CoordError, OSError):
        if what == "look":
            this.finish_look()
        elif what == "radar":
            from gitcoord.domain.radar import round as radar

            radar.look_anew(this.call.workspace)
        elif what == "board":
            boardfile.keep(this.call)
        elif what == "history":
            from gitcoord.domain.history import feed

            with feed.opened(this.call.workspace):
                pass
        else:
            this.call.hurried = what == "hurry"
            _ = this.call.workspace
            this.close()


if __name__ == "__main__":
    main(*sys.argv[1:3])
