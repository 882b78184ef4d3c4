"""What the clone learned behind a session's back: kept in a file until the session's next command says it."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from gitcoord.ledger.event import ID_DIGITS

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


def leave(directory: Path, session: str, text: str, *, about: str = "") -> None:
    """Leave one sentence for a session of this clone; `about` is the id of the message that it announces."""
    place = directory / "news" / session
    note = place / f"{time.time_ns():020d}-{about or os.getpid()}"
    try:
        note.write_text(text, errors="backslashreplace")
    except FileNotFoundError:  # the first of all
        place.mkdir(parents=True, exist_ok=True)
        note.write_text(text, errors="backslashreplace")


def drop(directory: Path, session: str, messages: Collection[str]) -> None:
    """Take back what announces these messages: they were read before."""
    place = directory / "news" / session
    if messages and place.is_dir():
        for path in place.iterdir():
            if path.name.partition("-")[2] in messages:
                path.unlink(missing_ok=True)


def take(directory: Path, session: str, *, mail: bool = True) -> list[str]:
    """All sentences for a session, which are gone then; without `mail` those that announce messages stay."""
    place = directory / "news" / session
    if not place.is_dir():
        return []
    told = []
    for path in sorted(place.iterdir()):
        if not mail and len(path.name.partition("-")[2]) == ID_DIGITS:
            continue
        told.append(path.read_text(errors="replace"))
        with suppress(OSError):  # read-only: it is told once more next time, which is better than not at all
            path.unlink(missing_ok=True)
    return told
