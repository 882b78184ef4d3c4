"""The notes on commits: which session made a commit, under which claims, and whether it went past the guard.

The record of this clone comes first: `refs/notes/coord` is a view, and speaks only for commits that are not on record.
"""

from __future__ import annotations

from gitcoord.guard import record
from gitcoord.kernel.refname import NOTES
from gitcoord.policy.ids import Oid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.guard.snapshot import Batch
    from gitcoord.kernel.git import Git

MAKER = "Coord-Session"
CLAIM = "Coord-Claim"
PAST_THE_GUARD = "Coord-Guard: bypassed"
OVERTAKEN = "Coord-Guard: overtaken"
"""Another session held the changed paths by the time the commit was made, while the editor was open."""


class Note:
    """What a note says: the sessions that made the commit, the claims that it stands on.

    `past_the_guard`: it went past the guard, or others held its paths by then. No claim of the note speaks for it.
    """

    __slots__ = ("claims", "lines", "makers", "past_the_guard")

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.makers = _values(lines, MAKER)
        self.claims = _values(lines, CLAIM)
        self.past_the_guard = PAST_THE_GUARD in lines or OVERTAKEN in lines


class Notes:
    """The record in `coord_dir`, and all notes of a repository, whose objects `batch` reads when they are asked for."""

    __slots__ = ("_batch", "_blobs", "_commits", "_read")

    def __init__(self, git: Git, batch: Batch, coord_dir: str) -> None:
        self._batch = batch
        self._read = {commit: Note(lines) for commit, lines in record.read(coord_dir).items()}
        self._blobs: dict[Oid, Oid] = {}
        # Fails where there are no notes yet.
        for line in git.ask("notes", f"--ref={NOTES}", "list")[1].decode().splitlines():
            blob, _, commit = line.partition(" ")
            self._blobs[Oid(commit)] = Oid(blob)
        self._commits = list(dict.fromkeys((*self._read, *self._blobs)))

    def commits(self) -> list[Oid]:
        """The commits that are on record or have a note."""
        return self._commits

    def of(self, commit: Oid) -> Note | None:
        """What is on record of a commit, or else the note on it; None where there is neither."""
        if commit not in self._read:
            blob = self._blobs.get(commit)
            if blob is None:
                return None
            found = self._batch.ask(blob)
            self._read[commit] = Note(found[1].decode(errors="replace").splitlines() if found else [])
        return self._read[commit]


def _values(lines: list[str], key: str) -> list[str]:
    return [line.partition(":")[2].strip() for line in lines if line.startswith(key + ":")]
