"""The notes on commits: which session made a commit, under which claims, and whether it went past the guard."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.guard.snapshot import Batch
    from gitcoord.kernel.git import Git

REF = "refs/notes/coord"
MAKER = "Coord-Session"
CLAIM = "Coord-Claim"
PAST_THE_GUARD = "Coord-Guard: bypassed"


class Note:
    """What a note says: the sessions that made the commit, the claims that it stands on."""

    __slots__ = ("claims", "makers", "past_the_guard")

    def __init__(self, content: bytes) -> None:
        lines = content.decode(errors="replace").splitlines()
        self.makers = _values(lines, MAKER)
        self.claims = _values(lines, CLAIM)
        self.past_the_guard = PAST_THE_GUARD in lines


class Notes:
    """All notes of a repository, read when they are asked for. `batch` reads its objects."""

    __slots__ = ("_batch", "_blobs", "_read")

    def __init__(self, git: Git, batch: Batch) -> None:
        self._batch = batch
        self._read: dict[str, Note] = {}
        self._blobs: dict[str, str] = {}
        # Fails where there are no notes yet.
        for line in git.ask("notes", f"--ref={REF}", "list")[1].decode().splitlines():
            blob, _, commit = line.partition(" ")
            self._blobs[commit] = blob

    def commits(self) -> list[str]:
        """The commits that have a note."""
        return list(self._blobs)

    def of(self, commit: str) -> Note | None:
        """The note on a commit, None where there is none."""
        blob = self._blobs.get(commit)
        if blob is None:
            return None
        if commit not in self._read:
            found = self._batch.ask(blob)
            self._read[commit] = Note(found[1] if found else b"")
        return self._read[commit]


def _values(lines: list[str], key: str) -> list[str]:
    return [line.partition(":")[2].strip() for line in lines if line.startswith(key + ":")]
