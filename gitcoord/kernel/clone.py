"""Which clone this is: a random id, with where it was made, so that a copied directory is found out."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from gitcoord import errors
from gitcoord.errors import DamagedId
from gitcoord.kernel import atomic, coordfile, whereabouts

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.kernel.clock import Ids

FILE = coordfile.CLONE

FORMER = 20
"""Former ids that are remembered."""


def create(directory: Path, ids: Ids, *, known: str = "") -> str:
    """Return the id of the clone whose coord directory this is; made where there is none, or where it was copied.

    Where the file is damaged it is `known`, the id that this clone's sessions registered with, as far as there are any.
    Raises `Unreadable` where the file cannot be written.
    """
    try:
        if not copied(directory):
            return read(directory)
        known = ""
    except (FileNotFoundError, DamagedId):
        pass
    return renew(directory, ids, known=known)


def renew(directory: Path, ids: Ids, *, known: str = "") -> str:
    """Give this clone a new id, whatever it had: the sessions on its roster are another clone's.

    With `known` it is given that one, and the sessions stay.
    Returns the id. Raises `Unreadable` where it cannot be written.
    """
    clone = known or ids.hexadecimal(16)
    try:
        if not known:
            (directory / coordfile.ROSTER).unlink(missing_ok=True)
        _write(directory, {"id": clone, **whereabouts.of(str(directory))})
    except OSError as error:
        raise errors.storage.CannotAccess("write", directory / FILE, error.strerror) from error
    return clone


def rename(directory: Path, ids: Ids) -> str:
    """Give this clone a new id, since another one bears the one that it has; the sessions on its roster stay.

    Returns the id. Raises `Unreadable` where it cannot be written.
    """
    try:
        known = _read(directory)
        former = [known["id"], *known.get("former", ())][:FORMER]
        _write(directory, {**known, "id": ids.hexadecimal(16), "former": former})
    except OSError as error:
        raise errors.storage.CannotAccess("write", directory / FILE, error.strerror) from error
    return read(directory)


def former(directory: Path) -> tuple[str, ...]:
    """Return the ids that this clone had before, the newest first. Raises `Unreadable` where the file is damaged."""
    try:
        return tuple(_read(directory).get("former", ()))
    except FileNotFoundError:
        return ()


def is_set_up(directory: Path) -> bool:
    """Whether this clone has an id, whatever became of the file with it."""
    return os.path.lexists(directory / FILE)


def is_damaged(directory: Path) -> bool:
    """Whether the file with the id is there and does not hold one. Raises `Unreadable` where it cannot be read."""
    try:
        _read(directory)
    except DamagedId:
        return True
    except FileNotFoundError:
        return False
    return False


def copied(directory: Path) -> bool:
    """Whether this is a copy of the directory in which the id was made. Raises `FileNotFoundError`, `Unreadable`."""
    return whereabouts.is_copy(_read(directory), whereabouts.of(str(directory)))


def read(directory: Path) -> str:
    """Return the id of this clone.

    Raises `Unreadable` where `git coord init` has not made one, or made it for another.
    """
    try:
        known = _read(directory)
        if whereabouts.is_here(known, str(directory)):
            return str(known["id"])
        now = whereabouts.of(str(directory))
    except FileNotFoundError as error:
        raise errors.storage.NotSetUp("this clone") from error
    if whereabouts.is_copy(known, now):
        raise errors.storage.CopiedClone(directory)
    if known["disk"] != now["disk"] and known["machine"] in ("", now["machine"]):
        _follow(directory, {**known, **now})
    return str(known["id"])


def _follow(directory: Path, known: dict[str, Any]) -> None:
    """Write down where the clone is now, after a move or a new start of the machine; elsewhere it may be unwritable."""
    try:
        _write(directory, known)
    except OSError:
        return


def _write(directory: Path, known: dict[str, Any]) -> None:
    atomic.put(directory / FILE, json.dumps(known) + "\n")


def _read(directory: Path) -> dict[str, Any]:
    try:
        value = json.loads((directory / FILE).read_text())
        known = {"id": value["id"], "inode": value["inode"], "path": value["path"]}
        if not isinstance(known["id"], str) or not known["id"].isalnum():
            raise ValueError(known["id"])
        if former := [one for one in value.get("former", ()) if isinstance(one, str)]:
            known["former"] = former
        return {**known, "machine": value.get("machine", ""), "disk": value.get("disk", "")}
    except FileNotFoundError:
        raise
    except OSError as error:
        if errors.storage.is_misplaced(error):
            raise DamagedId(directory / FILE) from error
        raise errors.storage.IdUnread(directory / FILE, error.strerror) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedId(directory / FILE) from error
