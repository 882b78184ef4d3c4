"""The process that ends a look at the hub for which a command had no time. It says nothing, and nobody waits for it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from gitcoord.errors import CoordError
from gitcoord.kernel import spawn

if TYPE_CHECKING:
    from gitcoord.kernel.place import Place

DETACHED = '"$@" </dev/null >/dev/null 2>&1 &'
"""Run by sh: the program stays when the command ends, is nobody's child to wait for, and holds no pipe open."""


def start(place: Place) -> None:
    """Start it for the clone that a command runs in."""
    program = [sys.executable, "-P", "-m", __name__, place.cwd]
    spawn.run(["/bin/sh", "-c", DETACHED, "sh", *program], place.environ)


def main(directory: str) -> None:
    """Make the look, and take in what it brought."""
    os.closerange(3, 256)  # what the command was given belongs to whoever started that
    from gitcoord.interfaces.cli.invocation import Invocation

    this = Invocation(dict(os.environ))
    this.directory = directory
    with suppress(CoordError, OSError):
        this.finish_look()


if __name__ == "__main__":
    main(sys.argv[1])
