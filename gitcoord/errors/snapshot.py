"""What keeps uncommitted work from being kept or restored, one class a case."""

from __future__ import annotations

from gitcoord.errors import Busy, Forbidden, Quota, Unreadable, Usage


class SnapshotsOff(Forbidden):
    """This clone takes no snapshots."""

    def __init__(self) -> None:
        super().__init__("snapshots are turned off here", "to turn them on: git config coord.snapshot true")


class NotKept(Usage):
    """A repository whose objects the store cannot keep."""

    def __init__(self, object_format: str) -> None:
        message = f"this repository has {object_format} objects, which the store cannot keep"
        super().__init__(message, "commit the work instead")


class TooManyPaths(Quota):
    """More paths are not committed than a snapshot can name."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} paths are not committed: too many for a snapshot", "commit some of them")


class SnapshotDamaged(Unreadable):
    """A snapshot whose list of paths cannot be read."""

    def __init__(self) -> None:
        super().__init__("the snapshot is damaged: what it says of itself cannot be read")


class IndexChanged(Busy):
    """Somebody else staged something while a snapshot was restored."""

    def __init__(self) -> None:
        super().__init__("what is staged changed meanwhile: the files are written, the index is as it was", "try again")
