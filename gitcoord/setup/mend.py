"""Files of the coord directory that a power cut or a failing disk has damaged: found by `doctor`, mended by `init`.

Each file is judged by the program that reads it. All but the clone's id and the record of what was installed are
conveniences: what reads them takes a damaged one for missing, and `init` deletes it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.domain.session import record as session
from gitcoord.errors import Unreadable
from gitcoord.errors.storage import CannotAccess
from gitcoord.kernel import clone, coordfile, mark, roster
from gitcoord.kernel.journal import Journal
from gitcoord.ledger import marker
from gitcoord.setup.installation import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gitcoord.ledger.state import State

LARGEST = 4 << 20
"""Bytes of a small file that are looked at."""


def _holds_text(path: Path) -> bool:
    content = _content(path)
    return bool(content) and b"\0" not in content


def _holds_word(path: Path) -> bool:
    return bool(mark.word(path))


def _holds_number(path: Path) -> bool:
    return mark.number(path) > 0


def _holds_record(path: Path) -> bool:
    return bool(mark.record(path)) or _content(path).strip() == b"{}"


def _holds_spool(path: Path) -> bool:
    from gitcoord.domain.commit import spool

    return spool.read(path) is not None


def _holds_roster(path: Path) -> bool:
    return roster.is_sound(str(path))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST)
    except OSError:
        return b""


_FILES: dict[str, Callable[[Path], bool]] = {
    "roster": _holds_roster,
    "announced": _holds_record,
    "hub-met": _holds_number,
    "hub-looked": _holds_number,
    "hub-stuck": _holds_word,
    "quarantine": _holds_record,
    "clocks": _holds_record,
    "integrated": _holds_record,
    "collisions": _holds_record,
    "told/*": _holds_word,
    "suspects/*": _holds_record,
    "ahead/*": _holds_record,
    "waiting/*": _holds_record,
    "pending-bypass/*": _holds_record,
    "spool/*": _holds_spool,
    "news/*-*": _holds_text,
    "serve/token*": _holds_word,
}
"""How the files are told that may be deleted when they are damaged; a pattern passes over hidden ones."""


def out_of_place(directory: Path) -> Iterator[Path]:
    """Yield what stands in the place of a file, or of a directory, and is none: a link that leads nowhere too."""
    for path in sorted(directory.iterdir()) if directory.is_dir() else ():
        if (path.name in coordfile.FILES and not path.is_file()) or (
            path.name in coordfile.DIRECTORIES and not path.is_dir()
        ):
            yield path
        elif path.name in coordfile.OF_FILES:
            yield from (inner for inner in sorted(path.iterdir()) if not inner.is_file() and os.path.lexists(inner))


def put_aside(directory: Path) -> list[str]:
    """Move what is out of place to `damaged/`; returns what was done, as sentences. Raises `Unreadable`."""
    done = []
    for path in list(out_of_place(directory)):
        number = 1
        while os.path.lexists(aside := directory / coordfile.DAMAGED / f"{path.name}-{number}"):
            number += 1
        try:
            aside.parent.mkdir(exist_ok=True)
            path.rename(aside)
        except OSError as error:
            raise CannotAccess("move", path, error.strerror) from error
        done.append(f"{path} was not what it has to be: moved to {coordfile.DAMAGED}/{aside.name}")
    return done


def _conveniences(directory: Path) -> Iterator[Path]:
    """Yield the damaged files of this coord directory that are taken for missing."""
    for pattern, sound in _FILES.items():
        for path in sorted(directory.glob(pattern)):
            if not path.name.startswith(".") and path.is_file() and not sound(path):
                yield path


def faulty(directory: Path) -> Iterator[tuple[Path, str]]:
    """Yield every file of this coord directory that does not hold what it should, or whose place something else has.

    With it comes '' where `init` mends it, or why the system does not let us read it: then the file may be sound.
    """
    misplaced = set(out_of_place(directory))
    yield from ((path, "") for path in misplaced)
    yield from ((path, _refusal(path)) for path in _unfit(directory) if path not in misplaced)


def _refusal(path: Path) -> str:
    """Return why a file that is there cannot be read, in the system's words; '' where it can, or is not there."""
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        sound = isinstance(error, FileNotFoundError) or errors.storage.is_misplaced(error)
        return "" if sound else error.strerror or "no reason given"
    return ""


def _unfit(directory: Path) -> Iterator[Path]:
    """Yield the files in which we do not find what they should hold."""
    try:
        if clone.is_damaged(directory):
            yield directory / clone.FILE
    except Unreadable:
        yield directory / clone.FILE
    try:
        record.load(directory)
    except Unreadable as error:
        if "newer" not in error.message:
            yield directory / record.FILE
    if (directory / marker.NAME).exists() and not marker.is_sound(directory):
        yield directory / marker.NAME
    yield from _conveniences(directory)


def files(directory: Path) -> list[str]:
    """Mend the damaged files of this coord directory; returns what was done, as sentences. Raises `Unreadable`."""
    done = []
    for path in [path for path, refusal in faulty(directory) if not refusal]:
        try:
            if path.name == coordfile.ROSTER:
                roster.write(str(path), roster.read(str(path)))
                done.append(f"{path} was damaged: the readable part was kept")
            elif path.name not in (clone.FILE, marker.NAME):
                path.unlink(missing_ok=True)
                done.append(f"{path} was damaged: deleted")
            else:  # the next writer, and who makes the clone's id, know what to do
                done.append(f"{path} was damaged: made anew")
        except OSError as error:
            raise CannotAccess("write", path, error.strerror) from error
    return done


def clone_id(state: State, directory: Path) -> str:
    """Return the id with which the sessions on this clone's roster registered; '' where none of them lives."""
    for entry in roster.read(str(directory / coordfile.ROSTER)):
        found = session.read(state, entry.session)
        if found is not None:
            return found.clone
    return ""


def of_journal(directory: Path) -> int:
    """Return how many bytes of the journal do not belong to a record: what they held cannot be restored from it."""
    return Journal(directory, fsync=False).damaged()
