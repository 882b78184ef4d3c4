"""Which sessions made which commits, by the record of this clone and the notes that are here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.guard.notes import Notes
from gitcoord.guard.snapshot import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.kernel.place import Place
    from gitcoord.policy.ids import Oid


def makers(place: Place, commits: Iterable[Oid]) -> dict[Oid, list[str]]:
    """Return the ids of the sessions that made these commits, by commit; one of which nothing is known is missing."""
    batch = Batch(place.git)
    try:
        notes = Notes(place.git, batch, str(place.coord_dir))
        return {commit: note.makers for commit in commits if (note := notes.of(commit)) is not None}
    finally:
        batch.close()
