"""The board as a Markdown file that is kept current: `coord.boardFile` names it (docs/reference.md, "Configuration").

Whatever command comes along sees that something happened since, and starts a process that writes the file: nobody waits
for it. It is written at most every ten seconds; what happens in between is in the next writing, which is not forgotten.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.errors import Busy
from gitcoord.kernel import coordfile, lock, textfile

if TYPE_CHECKING:
    from gitcoord.domain.call import Call
    from gitcoord.kernel.place import Place

EVERY = 10.0
"""Seconds between two writings."""

LOCK = coordfile.BOARD_LOCK
"""The file of the coord directory that the one who writes holds locked."""


def is_due(place: Place) -> bool:
    """Whether something happened here since the file was written: a few stats, none where no file is named."""
    file = _file(place)
    if file is None:
        return False
    written = _changed(file)
    return any(_changed(place.coord_dir / name) > written for name in (coordfile.JOURNAL, coordfile.CHRONICLE))


def keep(call: Call) -> None:
    """Write the file as soon as it may be written again, unless somebody else is about to."""
    file = _file(call.place)
    if file is None:
        return
    try:
        with lock.held(call.place.coord_dir / LOCK, 0):
            time.sleep(min(EVERY, max(0.0, EVERY - (time.time() - _changed(file)))))
            from gitcoord.domain.board import board
            from gitcoord.interfaces.cli import markdown

            began = time.time()
            textfile.write(file, markdown.lines(board.read(call.workspace, None), call.now))
            os.utime(file, (began, began))  # what happened since it was read is newer than the file
    except Busy:
        return


def _file(place: Place) -> Path | None:
    """The file that is named, below the top of the working tree; None for none."""
    named = place.setting("coord.boardfile")
    return Path(place.top, named) if named and place.top else None


def _changed(path: Path) -> float:
    """When a file was changed last; 0 where there is none."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
