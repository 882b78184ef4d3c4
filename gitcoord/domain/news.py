"""What the clone learned behind a session's back: kept in a file until the session's next command says it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def leave(directory: Path, session: str, text: str) -> None:
    """Leave one sentence for a session of this clone."""
    place = directory / "news" / session
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{time.time_ns():020d}-{os.getpid()}").write_text(text)


def take(directory: Path, session: str) -> list[str]:
    """All sentences for a session, which are gone then."""
    place = directory / "news" / session
    if not place.is_dir():
        return []
    told = []
    for path in sorted(place.iterdir()):
        told.append(path.read_text(errors="replace"))
        path.unlink(missing_ok=True)
    return told
