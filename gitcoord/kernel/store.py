"""The store opened for work: its objects and refs, and the directory with its locks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass
from gitcoord.kernel import coordfile, lock
from gitcoord.kernel.journal import Journal
from gitcoord.kernel.objects import Objects
from gitcoord.kernel.refs import PATIENCE, Refs

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from gitcoord.kernel.place import Place

TURNS = 6
"""How many times `PATIENCE` a writer waits while other writers take their turns, as on a busy machine."""


@dataclass(frozen=True, slots=True)
class Store:
    """Objects, refs and the coord directory of one place.

    What can be lost by a power cut is decided by `coord.fsync` (default true): with false an acknowledged operation
    survives the death of any process, but not of the machine.
    """

    objects: Objects
    refs: Refs
    directory: Path

    def write_lock(self) -> AbstractContextManager[None]:
        """The writer lock, for a with block."""
        return lock.held(self.directory / coordfile.LOCK, PATIENCE, turns=TURNS)

    def heal(self) -> None:
        """Write again whatever is missing of what the journal holds; takes the writer lock where something is."""
        lost = self.objects.lost()
        if lost:
            with self.write_lock():
                self.objects.put_back(lost)

    def close(self) -> None:
        """End the helper programs, close the journal."""
        self.refs.close()
        self.objects.close()


def open_store(place: Place) -> Store:
    """Open the store of a place where `git coord init` was run. Raises `Unreadable` where it was not, and
    `NoRepository` where its objects cannot be written.
    """
    directory = place.coord_dir
    if not directory.is_dir():
        raise errors.storage.NotSetUp(place.top or place.common_dir)
    if place.object_format != "sha1" and place.store_dir == place.common_dir:
        raise errors.place.WrongFormat(place.object_format)
    if not Path(place.store_dir, "objects").is_dir():
        raise errors.storage.StoreGone(place.store_dir)
    fsync = place.flag("coord.fsync", True)
    return Store(
        Objects(place.store_dir, Journal(directory, fsync=fsync), place.store_git),
        Refs(place.store_git, place.store_dir, fsync=fsync),
        directory,
    )
