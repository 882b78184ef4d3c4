"""The file in which an agent keeps what was said in its window, as its hooks told it: noted for whoever takes over."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.domain.session import record as session
from gitcoord.kernel import atomic, coordfile, file

if TYPE_CHECKING:
    from gitcoord.domain.workspace import Workspace
    from gitcoord.policy.ids import SessionId

LONGEST = 4096
"""Bytes of a path."""


def keep(workspace: Workspace, who: SessionId, path: str) -> None:
    """Note where the transcript of a session stands; what is not an absolute path is not noted.

    It is a convenience: where it cannot be written nothing is said.
    """
    raw = os.fsencode(path) if session.well_formed(who) else b""
    if not raw.startswith(b"/") or len(raw) > LONGEST or not path.isprintable():
        return
    place = workspace.place.coord_dir / coordfile.TRANSCRIPTS / who
    with suppress(OSError):
        if _noted(place) != path:
            place.parent.mkdir(exist_ok=True)
            atomic.put(place, raw)


def read(coord_dir: Path, who: SessionId) -> str:
    """Return where the transcript of a session stands, '' where that is not known or the file cannot be read."""
    path = _noted(coord_dir / coordfile.TRANSCRIPTS / who) if session.well_formed(who) else ""
    return path if path and Path(path).is_file() and os.access(path, os.R_OK) else ""


def _noted(place: Path) -> str:
    try:
        text = os.fsdecode(file.read(str(place))[: LONGEST + 1])
    except OSError:
        return ""
    return text if text.startswith("/") and text.isprintable() and len(text) <= LONGEST else ""
