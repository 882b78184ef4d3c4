"""Which clone this is: a random id, with the place it was made in, so that a copied directory is found out."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from gitcoord.errors import Unreadable

if TYPE_CHECKING:
    from pathlib import Path

    from gitcoord.kernel.clock import Ids

FILE = "clone"


def create(directory: Path, ids: Ids) -> str:
    """The id of the clone whose coord directory this is; made anew where there is none, or where it was copied.

    A copy has another inode *and* another path; a move keeps the inode, a restored backup the path.
    """
    try:
        if not copied(directory):
            return read(directory)
    except FileNotFoundError:
        pass
    (directory / "here").unlink(missing_ok=True)  # the sessions of a copy are the original's
    inode, path = directory.stat().st_ino, str(directory.resolve())
    clone = ids.hexadecimal(16)
    temporary = directory / f".{FILE}.{os.getpid()}"
    temporary.write_text(json.dumps({"id": clone, "inode": inode, "path": path}) + "\n")
    temporary.replace(directory / FILE)
    return clone


def copied(directory: Path) -> bool:
    """Whether this is a copy of the directory in which the id was made: another inode and another path."""
    return _is_copy(directory, _read(directory))


def _is_copy(directory: Path, known: dict[str, object]) -> bool:
    return known["inode"] != directory.stat().st_ino and known["path"] != str(directory.resolve())


def read(directory: Path) -> str:
    """The id of this clone. Raises `Unreadable` where `git coord init` has not made one, or made it for another."""
    try:
        known = _read(directory)
        if _is_copy(directory, known):
            raise Unreadable(
                f"{directory} was copied from another clone, and bears its id",
                "give this one an id of its own: git coord init",
            )
        return str(known["id"])
    except FileNotFoundError as error:
        raise Unreadable("this clone is not set up for gitcoord", "set it up with: git coord init") from error


def _read(directory: Path) -> dict[str, object]:
    try:
        value = json.loads((directory / FILE).read_text())
        return {"id": value["id"], "inode": value["inode"], "path": value["path"]}
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{directory / FILE} is damaged", "delete it and run: git coord init") from error
